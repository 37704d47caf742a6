import { PreceptError } from "../errors.ts";
import type { Dimension, Shape } from "./onnx.ts";

/** NumPy broadcasting. A symbolic dimension goes with itself and with 1. @throws shape-mismatch */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, index) => {
    const left = a[index - rank + a.length] ?? 1;
    const right = b[index - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw new PreceptError("shape-mismatch", {
      attempted: "Broadcasting two tensors together",
      found: `(${a.join(", ")}) and (${b.join(", ")})`,
      expected: "dimensions that are equal or 1, counted from the right",
    });
  });
}

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((dimension, index) => dimension === b[index]);

/** Counts a negative axis from the end. @throws shape-mismatch when there is no such axis. */
export function normalizeAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive >= 0 && positive < rank) return positive;
  throw new PreceptError("shape-mismatch", {
    attempted: "Choosing an axis",
    found: `axis ${axis} of a tensor with ${rank} dimensions`,
  });
}

/** The number of elements of a static shape. */
export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((product, dimension) => product * dimension, 1);

/** The dimension at an axis, counted from the end when negative. */
export function dimensionAt(shape: Shape, axis: number): Dimension {
  return shape[normalizeAxis(axis, shape.length)] as Dimension;
}
