import { add, cast, equal, greater, mul, neg, softplus, sub, type Value } from "../../tensor/index.ts";
import { weightedMean } from "./masked.ts";

/**
 * Cross-entropy of a soft target, -(p log sigmoid(d) + (1-p) log sigmoid(-d)) with d = r_first - r_second, as
 * p softplus(-d) + (1-p) softplus(d). Bai et al. 2022a §4.1 with the soft labels of 2022b §4.1.
 * first, second, label, weights: (P,) pairs; nats per pair.
 */
export function preferenceLoss(first: Value, second: Value, label: Value, weights: Value): Value {
  const difference = sub(first, second);
  const pairs = add(mul(label, softplus(neg(difference))), mul(sub(1, label), softplus(difference)));
  return weightedMean(pairs, weights);
}

/** Weighted share of pairs whose scores order as their labels do; pairs with label 1/2 never agree. */
export function preferenceAccuracy(first: Value, second: Value, label: Value, weights: Value): Value {
  const byScore = cast(greater(first, second), "int32");
  const byLabel = cast(greater(label, 0.5), "int32");
  const decided = cast(greater(mul(sub(label, 0.5), sub(label, 0.5)), 0), "float32");
  return weightedMean(mul(decided, cast(equal(byScore, byLabel), "float32")), weights);
}
