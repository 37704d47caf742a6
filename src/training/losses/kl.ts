import { add, exp, mul, neg, square, sub, type Value } from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";

/** Estimators of KL(pi ‖ ref) from one sampled token (Schulman 2020, "Approximating KL divergence"). */
export type KlEstimator = "k1" | "k2" | "k3";

/**
 * k1 = log pi - log ref: unbiased, may be negative; k2 = k1² / 2: biased, never negative, its gradient is that of the KL;
 * k3 = e^(-k1) - 1 + k1: unbiased, never negative.
 * logprobs, referenceLogprobs: (T,) of one sequence; nats per token.
 */
export function klEstimates(
  logprobs: ArrayLike<number>,
  referenceLogprobs: ArrayLike<number>,
  estimator: KlEstimator,
): Float64Array {
  return Float64Array.from(logprobs, (logprob, t) => {
    const k1 = logprob - (referenceLogprobs[t] as number);
    if (estimator === "k1") return k1;
    return estimator === "k2" ? (k1 * k1) / 2 : Math.expm1(-k1) + k1;
  });
}

/** The same estimators as a loss term, averaged over the mask. logprobs, referenceLogprobs, mask: (B, T). */
export function klPenalty(logprobs: Value, referenceLogprobs: Value, mask: Value, estimator: KlEstimator): Value {
  const k1 = sub(logprobs, referenceLogprobs);
  const estimates = { k1: () => k1, k2: () => mul(square(k1), 0.5), k3: () => add(sub(exp(neg(k1)), 1), k1) };
  return weightedMean(estimates[estimator](), mask);
}
