import { cast, equal, matmul, mul, reshape, type Value } from "../../tensor/index.ts";
import { type PolicyLoss, type PolicyTerms, ppoLoss } from "./ppo.ts";

export interface SequenceTerms extends PolicyTerms {
  /** (B, T) int32: which response of its row a position belongs to. */
  readonly segments: Value;
  /** 1 / (tokens of its response) on response tokens, 0 elsewhere. */
  readonly responseWeights: Value;
}

/**
 * REINFORCE with whole responses as actions, Ahmadian et al. 2024 §3.2: the clipped surrogate of r = pi(y) / pi_old(y) and the
 * response's advantage, a mean over responses. On-policy (r = 1) its gradient is A · grad log pi(y). All terms: (B, T).
 */
export function rlooLoss(terms: SequenceTerms, clipRange: number): PolicyLoss {
  const { logprobs, oldLogprobs, advantages, mask, segments, responseWeights } = terms;
  const sums = (x: Value): Value => sumOverSegments(mul(x, mask), segments);
  const whole = { logprobs: sums(logprobs), oldLogprobs: sums(oldLogprobs), advantages, mask: responseWeights };
  return ppoLoss(whole, clipRange);
}

/** At every position the sum of x over its segment; x, segments (B, T). */
function sumOverSegments(x: Value, segments: Value): Value {
  const [batch, length] = x.dimensions as readonly [number, number];
  const together = equal(reshape(segments, [batch, length, 1]), reshape(segments, [batch, 1, length]));
  return reshape(matmul(cast(together, "float32"), reshape(x, [batch, length, 1])), [batch, length]);
}
