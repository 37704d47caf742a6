/** Training by objective, behind the interface that every trainer implements: losses, loops and data formats. */

export { readComparisons, readPrompts, readSftExamples } from "./data/formats.ts";
export { readSteppedExamples, type SteppedExample, stepHeadExamples } from "./data/stepped.ts";
export { defaultLearningRate, sftSchedule } from "./defaults.ts";
export {
  type Advantages,
  generalisedAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  perTokenRewards,
  whiten,
} from "./gae.ts";
export { type DpoOptions, type DpoTerms, dpoLoss } from "./losses/dpo.ts";
export { type GrpoOptions, type GrpoTerms, grpoLoss } from "./losses/grpo.ts";
export { type KlEstimator, klEstimates, klPenalty } from "./losses/kl.ts";
export { type PolicyLoss, type PolicyTerms, ppoLoss, type ValueTerms, valueLoss } from "./losses/ppo.ts";
export { preferenceAccuracy, preferenceLoss } from "./losses/preference.ts";
export { rlooLoss, type SequenceTerms } from "./losses/rloo.ts";
export { tokenLoss } from "./losses/token.ts";
export { everyTokenLoss, headsLoss, sequenceLogits, smoothLogits } from "./losses/token-heads.ts";
export { boilerplateRate, brokenBound, type Monitored } from "./monitors.ts";
export * from "./records.ts";
export { learningRateAt, type Schedule } from "./schedules.ts";
export * from "./steps.ts";
export type * from "./trainer.ts";
