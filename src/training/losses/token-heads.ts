import {
  add,
  div,
  matmul,
  mul,
  neg,
  reduceSum,
  reshape,
  softmax,
  softplus,
  sub,
  type Value,
} from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";

/** z̄_t = mean of z_{t−M+1} … z_t, of fewer at the start: one token's logit is no evidence. logits (N, L); returns (N, L). */
export function smoothLogits(logits: Value, window: number): Value {
  const [, length] = logits.dimensions as readonly [number, number];
  const shares = Array.from({ length: length * length }, (_, index) => {
    const [to, from] = [Math.floor(index / length), index % length];
    return from <= to && from > to - window ? 1 / Math.min(window, to + 1) : 0;
  });
  return matmul(logits, logits.graph.constant(shares, "float32", [length, length]), { transposeB: true });
}

/**
 * Logit of a whole sequence, Σ_t softmax(z̄ / τ)_t · z̄_t over the tokens that `mask` (N, L) has 1 for: near the greatest, and
 * with a slope in all of them. smoothed (N, L); returns (N).
 */
export function sequenceLogits(smoothed: Value, mask: Value, temperature: number): Value {
  const shares = softmax(add(mul(smoothed, 1 / temperature), mul(sub(mask, 1), 1e9)));
  return reduceSum(mul(shares, smoothed), [-1]);
}

/** Binary cross-entropy of soft labels, y softplus(−z) + (1 − y) softplus(z), weighted mean; logits, labels, weights (N); nats. */
export function headsLoss(logits: Value, labels: Value, weights: Value): Value {
  const each = add(mul(labels, softplus(neg(logits))), mul(sub(1, labels), softplus(logits)));
  return weightedMean(each, weights);
}

/**
 * The value-head form: every token predicts whether the whole will break, mean over a sequence's tokens of the same cross-entropy.
 * logits, mask (N, L); labels, weights (N); nats.
 */
export function everyTokenLoss(logits: Value, mask: Value, labels: Value, weights: Value): Value {
  const [rows] = logits.dimensions as readonly [number, number];
  const label = reshape(labels, [rows, 1]);
  const each = add(mul(label, softplus(neg(logits))), mul(sub(1, label), softplus(logits)));
  // A row without tokens has weight 0.
  const tokens = add(reduceSum(mask, [-1]), 1e-9);
  return weightedMean(div(reduceSum(mul(each, mask), [-1]), tokens), weights);
}
