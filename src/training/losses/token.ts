import { neg, type Value } from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";

/**
 * Weighted token cross-entropy, sum(w · -log P(target)) / sum(w). With w = 1 on responses only, it is the supervised
 * loss of Bai et al. 2022b §3. logprobs, weights: (B, T); nats per token.
 */
export function tokenLoss(logprobs: Value, weights: Value): Value {
  return weightedMean(neg(logprobs), weights);
}
