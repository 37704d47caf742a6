import { type Value, withGradient } from "../graph.ts";
import type { Dimension } from "../onnx.ts";
import { reduceSum } from "./broadcast.ts";
import { add, mul, sub } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { concat, reshape, slice } from "./shape.ts";
import { softmax } from "./softmax.ts";

type Gradients = readonly [dq: Value, dk: Value, dv: Value];
interface Attended {
  /** (B, K, G, T, D) */
  readonly output: Value;
  readonly backward: (dy: Value) => Gradients;
}

/**
 * softmax(q kᵀ / sqrt(D) + bias) v with grouped queries: q (B, K, G, T, D); k, v (B, K, S, D); bias broadcasts to
 * (B, K, G, T, S); returns (B, K, G, T, D). The G query heads of a key head are stacked into one taller matrix, so keys
 * are never repeated. Backward as in Dao et al. 2022 §B.2: dS = P · (dP − rowsum(dO · O)).
 */
export function attention(q: Value, k: Value, v: Value, bias: Value): Value {
  const { output, backward } = attend(q, k, v, bias);
  return withGradient(output, [q, k, v], backward);
}

/**
 * The same where `bias` (…, T, T) bars every column after its row, in static shapes: `block` rows at a time against the
 * columns up to their last, so that for n blocks (n + 1) / 2n of the scores are computed and kept.
 */
export function causalAttention(q: Value, k: Value, v: Value, bias: Value, block: number): Value {
  const length = Number(q.shape[3]);
  if (block >= length) return attention(q, k, v, bias);
  const starts = Array.from({ length: Math.ceil(length / block) }, (_, i) => i * block);
  const ends = starts.map((start) => Math.min(length, start + block));
  const rows = (x: Value, i: number): Value => slice(x, -2, starts[i]!, ends[i]!);
  const before = (x: Value, i: number): Value => (ends[i] === length ? x : slice(x, -2, 0, ends[i]!));
  const parts = starts.map((_, i) => {
    const own = rows(bias, i);
    return attend(rows(q, i), before(k, i), before(v, i), ends[i] === length ? own : slice(own, -1, 0, ends[i]!));
  });
  /** Σ over blocks, each of which covers the first `ends[i]` rows; the last block first. */
  const total = (gradients: readonly Value[]): Value => {
    const segments: Value[] = [];
    let sum = gradients.at(-1)!;
    for (let i = starts.length - 1; i > 0; i--) {
      segments.unshift(slice(sum, -2, starts[i]!, ends[i]!));
      sum = add(slice(sum, -2, 0, starts[i]!), gradients[i - 1]!);
    }
    return concat([sum, ...segments], -2);
  };
  const output = concat(
    parts.map((part) => part.output),
    -2,
  );
  return withGradient(output, [q, k, v], (dy) => {
    const found = parts.map(({ backward }, i) => backward(rows(dy, i)));
    return [
      concat(
        found.map(([dq]) => dq),
        -2,
      ),
      total(found.map(([, dk]) => dk)),
      total(found.map(([, , dv]) => dv)),
    ];
  });
}

function attend(q: Value, k: Value, v: Value, bias: Value): Attended {
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
  const mixed = matmul(probabilities, v);
  const backward = (dy: Value): Gradients => {
    const dOutput = reshape(dy, stacked);
    const dProbabilities = matmul(dOutput, v, { transposeB: true });
    const dScores = mul(probabilities, sub(dProbabilities, reduceSum(mul(dOutput, mixed), [-1], true)));
    return [
      reshape(matmul(dScores, k, { scale }), q.shape),
      matmul(dScores, queries, { transposeA: true, scale }),
      matmul(probabilities, dOutput, { transposeA: true }),
    ];
  };
  return { output: reshape(mixed, q.shape), backward };
}
