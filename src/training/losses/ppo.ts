import {
  add,
  cast,
  clip,
  exp,
  greater,
  maximum,
  minimum,
  mul,
  neg,
  square,
  sub,
  type Value,
} from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";

export interface PolicyTerms {
  /** log pi(token) of the policy being optimised. */
  readonly logprobs: Value;
  /** log pi_old(token) of the policy that sampled. */
  readonly oldLogprobs: Value;
  readonly advantages: Value;
  /** 1 on response tokens, 0 elsewhere. */
  readonly mask: Value;
}

export interface PolicyLoss {
  readonly loss: Value;
  /** Mean of (log pi - log pi_old)² / 2. */
  readonly approxKl: Value;
  /** Share of tokens where the clipped term is the larger loss. */
  readonly clipFraction: Value;
  readonly ratio: Value;
}

/**
 * Clipped surrogate, -mean min(r A, clip(r, 1-ε, 1+ε') A) with r = pi / pi_old and ε' = ε. Schulman et al. 2017 eq. 7;
 * a higher ε' is DAPO's (Yu et al. 2025 eq. 10). All terms: (B, T); a mask of weights makes weighted means.
 */
export function ppoLoss(
  { logprobs, oldLogprobs, advantages, mask }: PolicyTerms,
  clipRange: number,
  clipRangeHigh = clipRange,
): PolicyLoss {
  const logRatio = sub(logprobs, oldLogprobs);
  const ratio = exp(logRatio);
  const unclipped = mul(ratio, advantages);
  const clipped = mul(clip(ratio, 1 - clipRange, 1 + clipRangeHigh), advantages);
  return {
    loss: weightedMean(neg(minimum(unclipped, clipped)), mask),
    approxKl: weightedMean(mul(square(logRatio), 0.5), mask),
    clipFraction: weightedMean(cast(greater(unclipped, clipped), "float32"), mask),
    ratio: weightedMean(ratio, mask),
  };
}

export interface ValueTerms {
  readonly values: Value;
  /** Values when the rollouts were sampled. */
  readonly oldValues: Value;
  readonly returns: Value;
  readonly mask: Value;
}

/**
 * Half the mean squared error of the values, (V - R)² / 2; with a clip range, the larger of it and the error of V held
 * within the range of V_old (the PPO code of Dhariwal et al. 2017; TRL's `cliprange_value`). All terms: (B, T).
 */
export function valueLoss({ values, oldValues, returns, mask }: ValueTerms, clipRange?: number): Value {
  const errors = square(sub(values, returns));
  if (clipRange === undefined) return mul(weightedMean(errors, mask), 0.5);
  const held = add(oldValues, clip(sub(values, oldValues), -clipRange, clipRange));
  return mul(weightedMean(maximum(errors, square(sub(held, returns))), mask), 0.5);
}
