import { add, div, mul, reduceSum, type Value } from "../../tensor/index.ts";
import { type KlEstimator, klPenalty } from "./kl.ts";
import { type PolicyLoss, type PolicyTerms, ppoLoss } from "./ppo.ts";

export interface GrpoTerms extends PolicyTerms {
  readonly referenceLogprobs: Value;
  /** 1 / (tokens of its response) on response tokens, 0 elsewhere: sums to the number of responses. */
  readonly responseWeights: Value;
}

export interface GrpoOptions {
  readonly clipRange: number;
  readonly clipRangeHigh: number;
  readonly klCoefficient: number;
  readonly klEstimator: KlEstimator;
  /** "response": mean over responses of token means; "token": mean over tokens; "constant": sum over responses × maxTokens. */
  readonly normalisation: "response" | "token" | "constant";
  readonly maxTokens: number;
}

/**
 * Clipped surrogate plus beta · KL to the reference, Shao et al. 2024 eq. 3 ("response"); Yu et al. 2025 eq. 8 ("token");
 * Liu et al. 2025 §3.2 ("constant", Dr. GRPO). All terms: (B, T); `kl` is the mean that the loss charges.
 */
export function grpoLoss(terms: GrpoTerms, options: GrpoOptions): PolicyLoss & { readonly kl: Value } {
  const { clipRange, clipRangeHigh, klCoefficient, klEstimator, normalisation, maxTokens } = options;
  const mask = normalisation === "response" ? terms.responseWeights : terms.mask;
  const policy = ppoLoss({ ...terms, mask }, clipRange, clipRangeHigh);
  const kl = klPenalty(terms.logprobs, terms.referenceLogprobs, mask, klEstimator);
  const mean = add(policy.loss, mul(kl, klCoefficient));
  if (normalisation !== "constant") return { ...policy, loss: mean, kl };
  const share = div(reduceSum(terms.mask), mul(reduceSum(terms.responseWeights), maxTokens));
  return { ...policy, loss: mul(mean, share), kl };
}
