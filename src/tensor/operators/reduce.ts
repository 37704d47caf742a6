import type { Value } from "../graph.ts";
import { planReduction, reduceWith } from "../reductions.ts";
import { elementCount } from "../shapes.ts";
import { broadcastTo } from "./broadcast.ts";
import { div, mul } from "./elementwise.ts";
import { reshape } from "./shape.ts";

/** Mean over the axes; over everything (a scalar) when they are left out. */
export function reduceMean(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = planReduction(x, axes, keepDimensions);
  return reduceWith("ReduceMean", x, reduction, keepDimensions, (dy) => {
    const count = elementCount(reduction.axes.map((axis) => x.dimensions[axis] ?? 1));
    return broadcastTo(div(reshape(dy, reduction.kept), count), x);
  });
}

/** Sum of squares over the axes; over everything (a scalar) when they are left out. */
export function reduceSumSquare(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = planReduction(x, axes, keepDimensions);
  return reduceWith("ReduceSumSquare", x, reduction, keepDimensions, (dy) =>
    mul(mul(reshape(dy, reduction.kept), 2), x),
  );
}

/** Maximum over the axes; gradients do not pass. */
export function reduceMax(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  return reduceWith("ReduceMax", x, planReduction(x, axes, keepDimensions), keepDimensions, "none");
}

/** Minimum over the axes; gradients do not pass. */
export function reduceMin(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  return reduceWith("ReduceMin", x, planReduction(x, axes, keepDimensions), keepDimensions, "none");
}
