import { PreceptError } from "../../errors.ts";
import type { Value } from "../graph.ts";
import type { Dimension, Shape } from "../onnx.ts";
import { normalizeAxis, sameShape } from "../shapes.ts";

/**
 * The same elements in another shape. A symbolic dimension of the target must stand at the same place in the source
 * (it is copied), except for one, which is worked out from the rest.
 */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const target = shape.map((dimension, axis) =>
    typeof dimension === "number" ? dimension : x.shape[axis] === dimension ? 0 : -1,
  );
  if (target.filter((dimension) => dimension === -1).length > 1) {
    throw new PreceptError("shape-mismatch", {
      attempted: `Reshaping (${x.shape.join(", ")}) to (${shape.join(", ")})`,
      found: "more than one dimension that has to be worked out",
    });
  }
  const count = (dimensions: Shape): number | undefined =>
    dimensions.every((dimension) => typeof dimension === "number")
      ? dimensions.reduce<number>((n, d) => n * Number(d), 1)
      : undefined;
  const [from, to] = [count(x.shape), count(shape)];
  if (from !== undefined && to !== undefined && from !== to) {
    throw new PreceptError("shape-mismatch", {
      attempted: `Reshaping (${x.shape.join(", ")}) to (${shape.join(", ")})`,
      found: `${from} elements for ${to} places`,
    });
  }
  const inputs = [x, x.graph.constant(target, "int64")];
  return x.graph.apply(
    "Reshape",
    inputs,
    { dtype: x.dtype, shape },
    { gradient: (dy) => [reshape(dy, x.shape), undefined] },
  );
}

/** Axes in a new order: output axis i is input axis order[i]. */
export function transpose(x: Value, order: readonly number[]): Value {
  const shape = order.map((axis) => x.shape[normalizeAxis(axis, x.rank)] as Dimension);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return x.graph.apply(
    "Transpose",
    [x],
    { dtype: x.dtype, shape },
    {
      attributes: { perm: order },
      gradient: (dy) => [transpose(dy, inverse)],
    },
  );
}

/** Tensors one after another along an axis. */
export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0];
  if (first === undefined)
    throw new PreceptError("input-invalid", { attempted: "Concatenating tensors", found: "none were given" });
  const along = normalizeAxis(axis, first.rank);
  const size = parts.reduce<Dimension>((sum, part) => {
    const dimension = part.shape[along] as Dimension;
    return typeof sum === "number" && typeof dimension === "number" ? sum + dimension : `${sum}+${dimension}`;
  }, 0);
  const shape = first.shape.map((dimension, index) => (index === along ? size : dimension));
  return first.graph.apply(
    "Concat",
    parts,
    { dtype: first.dtype, shape },
    {
      attributes: { axis: along },
      gradient: (dy) => {
        let start = 0;
        return parts.map((part) => {
          const from = start;
          start += part.dimensions[along] as number;
          return slice(dy, along, from, start);
        });
      },
    },
  );
}

/** Elements start ≤ index < end along one axis; negative numbers count from the end of a static axis. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const along = normalizeAxis(axis, x.rank);
  const size = x.shape[along] as Dimension;
  const from = start < 0 && typeof size === "number" ? start + size : start;
  const to = end < 0 && typeof size === "number" ? end + size : typeof size === "number" ? Math.min(end, size) : end;
  const shape = x.shape.map((dimension, index) => (index === along ? to - from : dimension));
  const bounds = [from, to, along].map((number) => x.graph.constant([number], "int64"));
  return x.graph.apply(
    "Slice",
    [x, ...bounds],
    { dtype: x.dtype, shape },
    {
      gradient: (dy) => {
        const before = x.shape.map((_, index) => (index === along ? from : 0));
        const after = x.shape.map((_, index) => (index === along ? (x.dimensions[along] as number) - to : 0));
        const padding = x.graph.constant([...before, ...after], "int64");
        const padded = x.graph.apply(
          "Pad",
          [dy, padding],
          { dtype: x.dtype, shape: x.shape },
          {
            gradient: (ddy) => [slice(ddy, along, from, to), undefined],
          },
        );
        return [padded, undefined, undefined, undefined];
      },
    },
  );
}
