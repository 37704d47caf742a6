import type { Value } from "../graph.ts";
import type { Shape } from "../onnx.ts";
import { elementCount, normalizeAxis } from "../shapes.ts";
import { div, mul } from "./elementwise.ts";
import { broadcastTo, reshape } from "./shape.ts";

interface Reduction {
  readonly axes: readonly number[];
  readonly kept: Shape;
  readonly shape: Shape;
}

function plan(x: Value, axes: readonly number[] | undefined, keepDimensions: boolean): Reduction {
  const all = axes === undefined ? x.shape.map((_, axis) => axis) : axes.map((axis) => normalizeAxis(axis, x.rank));
  const kept = x.shape.map((dimension, axis) => (all.includes(axis) ? 1 : dimension));
  return { axes: all, kept, shape: keepDimensions ? kept : x.shape.filter((_, axis) => !all.includes(axis)) };
}

function reduce(
  op: string,
  x: Value,
  { axes, shape }: Reduction,
  keep: boolean,
  gradient: ((dy: Value) => Value) | "none",
): Value {
  return x.graph.apply(
    op,
    [x, x.graph.constant(axes, "int64")],
    { dtype: x.dtype, shape },
    {
      attributes: { keepdims: keep ? 1 : 0 },
      gradient: gradient === "none" ? "none" : (dy) => [gradient(dy), undefined],
    },
  );
}

/** Sum over the axes; over everything (a scalar) when they are left out. */
export function reduceSum(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = plan(x, axes, keepDimensions);
  return reduce("ReduceSum", x, reduction, keepDimensions, (dy) => broadcastTo(reshape(dy, reduction.kept), x));
}

/** Mean over the axes; over everything (a scalar) when they are left out. */
export function reduceMean(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = plan(x, axes, keepDimensions);
  return reduce("ReduceMean", x, reduction, keepDimensions, (dy) => {
    const count = elementCount(reduction.axes.map((axis) => x.dimensions[axis] ?? 1));
    return broadcastTo(div(reshape(dy, reduction.kept), count), x);
  });
}

/** Sum of squares over the axes; over everything (a scalar) when they are left out. */
export function reduceSumSquare(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  const reduction = plan(x, axes, keepDimensions);
  return reduce("ReduceSumSquare", x, reduction, keepDimensions, (dy) => mul(mul(reshape(dy, reduction.kept), 2), x));
}

/** Maximum over the axes; gradients do not pass. */
export function reduceMax(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  return reduce("ReduceMax", x, plan(x, axes, keepDimensions), keepDimensions, "none");
}

/** Minimum over the axes; gradients do not pass. */
export function reduceMin(x: Value, axes?: readonly number[], keepDimensions = false): Value {
  return reduce("ReduceMin", x, plan(x, axes, keepDimensions), keepDimensions, "none");
}
