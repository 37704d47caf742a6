/** One stage of the method a function: from a run and its models to records, a checkpoint or a measurement. */

import type { Stage } from "../runs/index.ts";
import { aiFeedbackStage } from "./ai-feedback-job.ts";
import { dpoStage } from "./dpo.ts";
import { evaluateStage } from "./evaluate.ts";
import { preferenceModelStage } from "./preference-model.ts";
import { rlCaiStage } from "./rl-cai.ts";
import { slCaiStage } from "./sl-cai-counts.ts";

export { aiFeedback } from "./ai-feedback.ts";
export { type AiFeedbackInputs, aiFeedbackStage } from "./ai-feedback-job.ts";
export { canTrain, checkpointRole, type DataStageContext, type ModelRole, type StageContext } from "./context.ts";
export { type DpoInputs, dpo, dpoStage, dpoSummarySchema, shuffledFolder } from "./dpo.ts";
export { type EvaluateInputs, evaluate, evaluateStage } from "./evaluate.ts";
export type { HeadForm } from "./guard-forms.ts";
export {
  adapterGuardModelOptions,
  type GuardModelContext,
  type GuardModelInputs,
  type GuardModelOptions,
  type GuardSide,
  guardModel,
  guardModelOptions,
  guardModelStages,
} from "./guard-model.ts";
export type { SampledPrompts } from "./guard-samples.ts";
export { type GuardScoreRecord, guardScoreSchema } from "./guard-scores.ts";
export { type GuardModelSummary, guardModelSummarySchema } from "./guard-summaries.ts";
export { chooseThresholds, type HeadThresholds, provingCount, type TunedThresholds } from "./guard-thresholds.ts";
export { type LabelledPair, type PairOptions, readLabelledPairs } from "./labelled-pairs.ts";
export * from "./options.ts";
export { type PreferenceModelInputs, preferenceModel, preferenceModelStage } from "./preference-model.ts";
export { type RlCaiInputs, rlCai, rlCaiStage } from "./rl-cai.ts";
export type { StageResult } from "./run-stage.ts";
export { slCai, withoutReplayFolder } from "./sl-cai.ts";
export { slCaiStage } from "./sl-cai-counts.ts";
export type { SlCaiInputs } from "./sl-cai-data.ts";
export * from "./summaries.ts";
export { stagesBefore, trainingFlopsOf } from "./training-flops.ts";
export { hasRounds, type TrainingRunOptions, type TrainingRunResult, trainRun, trainStage } from "./training-run.ts";

/** The stages of the method, in order; which of them follow the comparisons depends on the run. */
export const methodStages: readonly Pick<Stage, "name" | "after">[] = [
  slCaiStage,
  aiFeedbackStage,
  dpoStage,
  preferenceModelStage,
  rlCaiStage,
  evaluateStage,
];
