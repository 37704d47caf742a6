import type { Value } from "../../tensor/graph.ts";
import { add, exp, neg, sub } from "../../tensor/operators/elementwise.ts";
import { weightedMean } from "./masked.ts";

/** Estimators of KL(pi ‖ ref) from one sampled token (Schulman 2020, "Approximating KL divergence"). */
export type KlEstimator = "k1" | "k3";

/**
 * k1 = log pi - log ref: unbiased, may be negative; k3 = e^(-k1) - 1 + k1: unbiased, never negative.
 * logprobs, referenceLogprobs: (T,) of one sequence; nats a token.
 */
export function klEstimates(
  logprobs: ArrayLike<number>,
  referenceLogprobs: ArrayLike<number>,
  estimator: KlEstimator,
): Float64Array {
  return Float64Array.from(logprobs, (logprob, t) => {
    const k1 = logprob - (referenceLogprobs[t] as number);
    return estimator === "k1" ? k1 : Math.expm1(-k1) + k1;
  });
}

/** The same estimators as a loss term, averaged over the mask. logprobs, referenceLogprobs, mask: (B, T). */
export function klPenalty(logprobs: Value, referenceLogprobs: Value, mask: Value, estimator: KlEstimator): Value {
  const k1 = sub(logprobs, referenceLogprobs);
  return weightedMean(estimator === "k1" ? k1 : add(sub(exp(neg(k1)), 1), k1), mask);
}
