/** What commands found within a run's models: features, probes, attributions, as files that the report and the viewer read. */

export {
  type KeptAnswer,
  type KeptAudit,
  type KeptForgotten,
  type KeptReferee,
  keepAnswer,
  keepAudit,
  keepForgotten,
} from "./attribution.ts";
export {
  type DictionaryCard,
  type KeptDictionary,
  type KeptDiff,
  type KeptEvaluation,
  type KeptFeature,
  keepDiff,
  keepEvaluation,
  keepFeature,
  readFeature,
} from "./features.ts";
export { type Findings, hasFindings, type NamedAnswer, readFindings } from "./findings.ts";
export { type KeptProbe, keepFigures } from "./probes.ts";
