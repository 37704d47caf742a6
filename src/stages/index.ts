export { type AiFeedbackInputs, aiFeedback } from "./ai-feedback.ts";
export type { StageContext } from "./context.ts";
export { type EvaluateInputs, evaluate } from "./evaluate.ts";
export * from "./options.ts";
export { type PreferenceModelInputs, preferenceModel } from "./preference-model.ts";
export { type RlCaiInputs, rlCai } from "./rl-cai.ts";
export { readSummary, type StageResult } from "./run-stage.ts";
export { type SlCaiInputs, slCai, withoutReplayFolder } from "./sl-cai.ts";
export * from "./summaries.ts";
