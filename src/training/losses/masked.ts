import { div, maximum, mul, reduceSum, type Value } from "../../tensor/index.ts";

/** sum(weights · x) / sum(weights), a scalar; 0 where all weights are 0. Shapes equal. */
export function weightedMean(x: Value, weights: Value): Value {
  return div(reduceSum(mul(weights, x)), maximum(reduceSum(weights), 1e-8));
}
