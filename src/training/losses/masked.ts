import type { Value } from "../../tensor/graph.ts";
import { div, maximum, mul } from "../../tensor/operators/elementwise.ts";
import { reduceSum } from "../../tensor/operators/reduce.ts";

/** sum(weights · x) / sum(weights), a scalar; 0 where all weights are 0. Shapes equal. */
export function weightedMean(x: Value, weights: Value): Value {
  return div(reduceSum(mul(weights, x)), maximum(reduceSum(weights), 1e-8));
}
