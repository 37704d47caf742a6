/** Constitutional AI for TypeScript. Every room has a subpath of its own; here is what most programs begin with. */
export {
  type Constitution,
  ConstitutionInvalid,
  loadConstitution,
  type Principle,
  parseConstitution,
} from "./constitution/index.ts";
export { type ErrorCode, type ErrorDetails, PreceptError } from "./errors.ts";
export type { Benchmark, Subject, Task } from "./evaluation/index.ts";
export { type FeedbackTemplates, paperTemplates } from "./feedback/index.ts";
export type { Generation, LanguageModel, Message, Prompt } from "./language-model.ts";
export { type Progress, silentProgress, terminalProgress } from "./progress/index.ts";
export { type Config, defineConfig } from "./project/index.ts";
export { type Rng, rng } from "./rng.ts";
export { Run } from "./runs/index.ts";
export {
  aiFeedback,
  evaluate,
  type MethodOptions,
  methodOptions,
  paperMethod,
  preferenceModel,
  rlCai,
  type StageContext,
  slCai,
} from "./stages/index.ts";
export type { Estimate } from "./statistics/index.ts";
