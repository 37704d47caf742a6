export { aiFeedback, type AiFeedbackInputs } from "./ai-feedback.ts";
export type { StageContext } from "./context.ts";
export { evaluate, type EvaluateInputs } from "./evaluate.ts";
export * from "./options.ts";
export { preferenceModel, type PreferenceModelInputs } from "./preference-model.ts";
export { rlCai, type RlCaiInputs } from "./rl-cai.ts";
export { readSummary, type StageResult } from "./run-stage.ts";
export { slCai, type SlCaiInputs, withoutReplayFolder } from "./sl-cai.ts";
export * from "./summaries.ts";
