/** From an answer back to the training examples that shaped it, and to their critiques and principles. */

export {
  AttributionIndex,
  type MethodName,
  methodNames,
  methodsOf,
  type Query,
  type Scores,
} from "./attribution-index.ts";
export {
  type AuditOptions,
  divergence,
  marginWithout,
  type SuspicionName,
  suspectLabels,
  suspicionNames,
} from "./audit.ts";
export {
  type AttributedModel,
  type BuildOptions,
  buildIndex,
  countAttributed,
  type EarlierCheckpoint,
} from "./build-index.ts";
export { attributeToComparisons, type ComparisonOptions, type PreferenceTraining } from "./comparisons.ts";
export { attributedStage, readTrainingExamples, type TrainingExample, trainingExampleSchema } from "./examples.ts";
export {
  defaultIndexSettings,
  type IndexSettings,
  type IndexState,
  type ReadingName,
  readingNames,
} from "./index-state.ts";
export { meanOfStrongerHalf, type PrincipleInfluence, type PrincipleSum, sumByPrinciple } from "./principles.ts";
export { type AttributedExample, findProponents, orderBy } from "./proponents.ts";
export { scoreRecords } from "./records.ts";
export type { ExactOptions } from "./referee/exact.ts";
export { bestOf, type JudgedMethod, type Judgement, judgeMethods, type ScoreTable } from "./referee/judge.ts";
export { foretell, linearDatamodelingScore, ranksOf, spearman } from "./referee/lds.ts";
export {
  drawHalf,
  type Recipe,
  type RetrainHalvesOptions,
  type Retraining,
  readOutputs,
  retrain,
  retrainHalves,
} from "./referee/retrain.ts";
