import { add, cast, div, greater, mul, square, sub, type Value, where } from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";
import { preferenceLoss } from "./preference.ts";

export interface DpoTerms {
  /** log pi(y) - log pi_ref(y) of the first response, summed over its tokens, nats. */
  readonly first: Value;
  readonly second: Value;
  /** P(first is better). */
  readonly label: Value;
  readonly weights: Value;
}

export interface DpoOptions {
  readonly beta: number;
  readonly variant: "sigmoid" | "ipo" | "robust";
  /** Share of labels taken to be wrong, [0, 1/2). */
  readonly labelSmoothing: number;
}

export interface ChosenTerms {
  /** log pi(y) of the first response, summed over its tokens, nats. */
  readonly firstLogprob: Value;
  readonly secondLogprob: Value;
  /** Tokens of each response. */
  readonly firstLength: Value;
  readonly secondLength: Value;
  readonly label: Value;
  readonly weights: Value;
}

/**
 * Mean over the decided pairs of −log pi(chosen) / |chosen|, the term that Pang et al. 2024 put beside the loss of DPO, which
 * alone lets the chosen answers grow unlikely as long as the rejected ones do so faster. All terms: (P,) pairs.
 */
export function chosenLoss(terms: ChosenTerms): Value {
  const { firstLogprob, secondLogprob, firstLength, secondLength, label, weights } = terms;
  const isFirst = greater(label, 0.5);
  const isDecided = cast(greater(square(sub(label, 0.5)), 0), "float32");
  const perToken = where(isFirst, div(firstLogprob, firstLength), div(secondLogprob, secondLength));
  return mul(weightedMean(perToken, mul(weights, isDecided)), -1);
}

/**
 * Direct preference optimisation with d = beta (first - second), Rafailov et al. 2023 eq. 7, as the cross-entropy of a soft
 * label p. Smoothing e replaces p by (1-e) p + e (1-p): conservative DPO (Mitchell 2023). "robust" divides the bias of flipped
 * labels out, p by ((1-e) p - e (1-p)) / (1-2e) (Chowdhury et al. 2024 eq. 12). "ipo": (first - second ∓ 1/(2 beta))²,
 * Azar et al. 2023 eq. 17, on sums over tokens as in the paper (TRL takes means). All terms: (P,) pairs.
 */
export function dpoLoss({ first, second, label, weights }: DpoTerms, options: DpoOptions): Value {
  const { beta, variant, labelSmoothing: e } = options;
  const goal = variant === "robust" ? mul(sub(label, e), 1 / (1 - 2 * e)) : add(mul(label, 1 - 2 * e), e);
  if (variant !== "ipo") return preferenceLoss(mul(first, beta), mul(second, beta), goal, weights);
  const difference = sub(first, second);
  const target = 1 / (2 * beta);
  const pairs = add(mul(goal, square(sub(difference, target))), mul(sub(1, goal), square(add(difference, target))));
  return weightedMean(pairs, weights);
}
