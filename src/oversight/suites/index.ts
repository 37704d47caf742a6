/** Model-written evaluations: statements of both sides of a behaviour, checked, balanced, each once. */

export { type StatementRecord, suiteSideOf } from "./records.ts";
export { formatAbout, formatSuite } from "./suite-file.ts";
export { type Behaviour, chatSuiteTemplates, type SuiteSide, type SuiteTemplates } from "./templates.ts";
export {
  defaultSuiteSettings,
  type SuiteJob,
  type SuiteSettings,
  type WrittenStatements,
  writeStatements,
} from "./write.ts";
