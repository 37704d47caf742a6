import type { Value } from "../graph.ts";
import { planReduction, reduceWith } from "../reductions.ts";
import { sameShape } from "../shapes.ts";
import { reshape } from "./shape.ts";

/** Sum over the axes; over everything (a scalar) when they are left out. */
export function reduceSum(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = planReduction(x, axes, keepDimensions);
  return reduceWith("ReduceSum", x, reduction, keepDimensions, (dy) => broadcastTo(reshape(dy, reduction.kept), x));
}

/** Repeats along axes of size 1 until the shape is that of `like`. */
export function broadcastTo(x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  const shape = like.graph.constant(like.dimensions, "int64");
  return x.graph.apply(
    "Expand",
    [x, shape],
    { dtype: x.dtype, shape: like.shape },
    { gradient: (dy) => [sumTo(dy, x), undefined] },
  );
}

/** The gradient of a broadcast operand: summed over the axes along which it was repeated. */
export function sumTo(gradient: Value, target: Value): Value {
  if (sameShape(gradient.shape, target.shape)) return gradient;
  const extra = gradient.rank - target.rank;
  const axes = gradient.shape.flatMap((dimension, axis) =>
    axis < extra || (target.shape[axis - extra] === 1 && dimension !== 1) ? [axis] : [],
  );
  const summed = axes.length === 0 ? gradient : reduceSum(gradient, axes, true);
  return sameShape(summed.shape, target.shape) ? summed : reshape(summed, target.shape);
}
