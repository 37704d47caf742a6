/** Training in this process with our own engine, adapters included. */

export { readComparisons, readPrompts, readSftExamples } from "../data/formats.ts";
export { type BatchShape, packDocuments, type TokenBatch, type TokenDocument, tokenCount } from "./batching.ts";
export { encodeExample } from "./encoding.ts";
export { LocalTrainer } from "./local-trainer.ts";
export { writeMerged } from "./merge.ts";
export { encodePairs } from "./pairs.ts";
export { preferenceScores } from "./preference-scorer.ts";
export { type OpenReward, openReward, rewardAt } from "./reward.ts";
export {
  type BestOfN,
  bestOfN,
  bestOfNKl,
  type SelectedResponse,
  type WrittenBestOfN,
  writeBestOfN,
} from "./selection.ts";
export { type StepsOptions, tokenLossBuilder, trainSteps } from "./token-training.ts";
