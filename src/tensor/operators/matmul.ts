import { PreceptError } from "../../errors.ts";
import type { Value } from "../graph.ts";
import { type Dimension, MICROSOFT } from "../onnx.ts";
import { broadcastShapes, dimensionAt } from "../shapes.ts";
import { sumTo } from "./broadcast.ts";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Multiplies the product. */
  readonly scale?: number;
  /** Of matrices only: added to the scaled product, in the same pass. */
  readonly plus?: Value;
}

/**
 * scale · op(a) @ op(b) (+ plus) over the last two axes, op being the transpose where asked; leading axes broadcast.
 * Two matrices become Gemm, batches FusedMatMul, so no transpose is ever written out.
 * @throws shape-mismatch
 */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const { transposeA = false, transposeB = false, scale = 1, plus } = options;
  const [rows, innerA] = transposeA ? [-1, -2] : [-2, -1];
  const [innerB, columns] = transposeB ? [-1, -2] : [-2, -1];
  if (dimensionAt(a.shape, innerA as number) !== dimensionAt(b.shape, innerB as number)) {
    throw new PreceptError("shape-mismatch", {
      attempted: "Multiplying matrices",
      found: `(${a.shape.join(", ")})${transposeA ? "ᵀ" : ""} by (${b.shape.join(", ")})${transposeB ? "ᵀ" : ""}`,
      expected: "equal inner dimensions",
    });
  }
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape: readonly Dimension[] = [
    ...batch,
    dimensionAt(a.shape, rows as number),
    dimensionAt(b.shape, columns as number),
  ];
  if (plus !== undefined && (shape.length !== 2 || plus.shape.join() !== shape.join())) {
    throw new PreceptError("shape-mismatch", {
      attempted: "Adding to a product of matrices",
      found: `(${plus.shape.join(", ")}) to (${shape.join(", ")})`,
      expected: "a matrix of the product's shape",
    });
  }
  const gradient = (dy: Value): readonly Value[] => {
    const da = transposeA
      ? matmul(b, dy, { transposeA: transposeB, transposeB: true, scale })
      : matmul(dy, b, { transposeB: !transposeB, scale });
    const db = transposeB
      ? matmul(dy, a, { transposeA: true, transposeB: transposeA, scale })
      : matmul(a, dy, { transposeA: !transposeA, scale });
    return plus === undefined ? [sumTo(da, a), sumTo(db, b)] : [da, db, dy];
  };
  const flags = { transA: transposeA ? 1 : 0, transB: transposeB ? 1 : 0, alpha: { float: scale } };
  const output = { dtype: a.dtype, shape };
  if (a.rank === 2 && b.rank === 2) {
    const inputs = plus === undefined ? [a, b] : [a, b, plus];
    return a.graph.apply("Gemm", inputs, output, { attributes: flags, gradient });
  }
  if (!transposeA && !transposeB && scale === 1) return a.graph.apply("MatMul", [a, b], output, { gradient });
  return a.graph.apply("FusedMatMul", [a, b], output, { domain: MICROSOFT, attributes: flags, gradient });
}
