export { type BatchShape, packDocuments, type TokenBatch, tokenCount, type TokenDocument } from "./batching.ts";
export { LocalTrainer } from "./local-trainer.ts";
export { preferenceScores } from "./preference-scorer.ts";
export { tokenLossBuilder, type TokenTrainingOptions, trainTokens } from "./token-training.ts";
