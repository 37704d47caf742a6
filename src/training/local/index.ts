export { type BatchShape, packDocuments, type TokenBatch, type TokenDocument, tokenCount } from "./batching.ts";
export { LocalTrainer } from "./local-trainer.ts";
export { preferenceScores } from "./preference-scorer.ts";
export { type TokenTrainingOptions, tokenLossBuilder, trainTokens } from "./token-training.ts";
