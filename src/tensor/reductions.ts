import type { Value } from "./graph.ts";
import type { Shape } from "./onnx.ts";
import { normalizeAxis } from "./shapes.ts";
export interface Reduction {
  readonly axes: readonly number[];
  readonly kept: Shape;
  readonly shape: Shape;
}

export function planReduction(x: Value, axes: readonly number[] | undefined, keepDimensions: boolean): Reduction {
  const all = axes === undefined ? x.shape.map((_, axis) => axis) : axes.map((axis) => normalizeAxis(axis, x.rank));
  const kept = x.shape.map((dimension, axis) => (all.includes(axis) ? 1 : dimension));
  return { axes: all, kept, shape: keepDimensions ? kept : x.shape.filter((_, axis) => !all.includes(axis)) };
}

export function reduceWith(
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
