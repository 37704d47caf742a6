import type { Value } from "../graph.ts";
import { withGradient } from "../graph.ts";
import type { Dimension } from "../onnx.ts";
import { add, mul, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { reduceSum } from "./reduce.ts";
import { reshape } from "./shape.ts";
import { softmax } from "./softmax.ts";

/**
 * softmax(q kᵀ / sqrt(D) + bias) v with grouped queries: q (B, K, G, T, D); k, v (B, K, S, D); bias broadcasts to
 * (B, K, G, T, S); returns (B, K, G, T, D). The G query heads of a key head are stacked into one taller matrix, so keys
 * are never repeated. Backward as in Dao et al. 2022 §B.2: dS = P · (dP − rowsum(dO · O)).
 */
export function attention(q: Value, k: Value, v: Value, bias: Value): Value {
  const [batch, heads, groups, length, size] = q.shape as readonly [
    Dimension,
    Dimension,
    Dimension,
    Dimension,
    Dimension,
  ];
  const source = k.shape[2] as Dimension;
  const rows = typeof groups === "number" && typeof length === "number" ? groups * length : `${groups}*${length}`;
  const stacked = [batch, heads, rows, size];
  const scale = 1 / Math.sqrt(Number(size));
  const queries = reshape(q, stacked);
  const scores = reshape(matmul(queries, k, { transposeB: true, scale }), [batch, heads, groups, length, source]);
  const probabilities = reshape(softmax(add(scores, bias)), [batch, heads, rows, source]);
  const output = matmul(probabilities, v);
  return withGradient(reshape(output, q.shape), [q, k, v], (dy) => {
    const dOutput = reshape(dy, stacked);
    const dProbabilities = matmul(dOutput, v, { transposeB: true });
    const dScores = mul(probabilities, sub(dProbabilities, reduceSum(mul(dOutput, output), [-1], true)));
    return [
      reshape(matmul(dScores, k, { scale }), q.shape),
      matmul(dScores, queries, { transposeA: true, scale }),
      matmul(probabilities, dOutput, { transposeA: true }),
    ];
  });
}
