import type { Value } from "../../src/tensor/graph.ts";
import * as op from "../../src/tensor/index.ts";
import { at, fill, folded, map, mapRows, type Nd, product, softmaxRow, swapLast, transposed, zip } from "./nd.ts";
import { type Arrays, column, define, type InputSpec, matrix, type OperatorCase, row } from "./operator-case.ts";

const cube: InputSpec = { shape: (n) => [2 * n, 3, 4 * n] };
const levels: InputSpec = { ...cube, below: 9 };
const sum = (x: number, y: number): number => x + y;

export const reduceCases: readonly OperatorCase[] = [
  define(
    "reduceSum of everything",
    { x: cube },
    (v) => op.reduceSum(v.x),
    (a) => folded(a.x, [0, 1, 2], false, sum, 0),
  ),
  define(
    "reduceSum, axes",
    { x: cube },
    (v) => op.reduceSum(v.x, [0, -1]),
    (a) => folded(a.x, [0, 2], false, sum, 0),
  ),
  define(
    "reduceSum, kept",
    { x: cube },
    (v) => op.reduceSum(v.x, [1], true),
    (a) => folded(a.x, [1], true, sum, 0),
  ),
  define(
    "reduceMean",
    { x: cube },
    (v) => op.reduceMean(v.x, [-1]),
    (a) => map(folded(a.x, [2], false, sum, 0), (x) => x / (a.x.shape[2] as number)),
  ),
  define(
    "reduceSumSquare",
    { x: cube },
    (v) => op.reduceSumSquare(v.x, [2], true),
    (a) =>
      folded(
        map(a.x, (x) => x * x),
        [2],
        true,
        sum,
        0,
      ),
  ),
  define(
    "reduceMax",
    { i: levels },
    (v) => op.reduceMax(op.cast(v.i, "float32"), [1]),
    (a) => folded(a.i, [1], false, Math.max, -1),
    false,
  ),
  define(
    "reduceMin",
    { i: levels },
    (v) => op.reduceMin(op.cast(v.i, "float32"), [1]),
    (a) => folded(a.i, [1], false, Math.min, 99),
    false,
  ),
];

export const shapeCases: readonly OperatorCase[] = [
  define(
    "reshape",
    { x: cube },
    (v) => op.mul(op.reshape(v.x, [(6 * Number(v.x.shape[0])) / 2, v.x.shape[2] as number]), 2),
    (a) => ({ shape: [3 * (a.x.shape[0] as number), a.x.shape[2] as number], data: map(a.x, (x) => 2 * x).data }),
  ),
  define(
    "transpose",
    { x: cube },
    (v) => op.transpose(v.x, [2, 0, 1]),
    (a) => transposed(a.x, [2, 0, 1]),
  ),
  define(
    "broadcastTo",
    { x: column, y: matrix },
    (v) => op.add(op.broadcastTo(v.x, v.y), v.y),
    (a) => zip(a.x, a.y, sum),
  ),
  define(
    "concat",
    { x: matrix, y: matrix },
    (v) => op.concat([v.x, v.y], 1),
    ({ x, y }) => {
      const width = x.shape[1] as number;
      return fill([x.shape[0] as number, 2 * width], ([i, j]) =>
        at((j as number) < width ? x : y, [i as number, (j as number) % width]),
      );
    },
  ),
  define(
    "slice",
    { x: matrix },
    (v) => op.slice(v.x, 1, 1, -1),
    ({ x }) =>
      fill([x.shape[0] as number, (x.shape[1] as number) - 2], ([i, j]) => at(x, [i as number, (j as number) + 1])),
  ),
];

const a2: InputSpec = { shape: (n) => [3 * n, 5 * n] };
const b2: InputSpec = { shape: (n) => [5 * n, 4 * n] };
const flipped = ({ shape }: InputSpec, swap: boolean): InputSpec => ({
  shape: (n) => (swap ? [...shape(n).slice(0, -2), shape(n).at(-1) as number, shape(n).at(-2) as number] : shape(n)),
});

export const matmulCases: readonly OperatorCase[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB) =>
    [0, 1, 2].map((batch) => {
      const lead = (spec: InputSpec, axes: readonly number[]): InputSpec => ({
        shape: (n) => [...axes, ...spec.shape(n)],
      });
      const x = lead(flipped(a2, transposeA), batch === 0 ? [] : [2, 2]);
      const y = lead(flipped(b2, transposeB), batch === 0 ? [] : batch === 1 ? [2, 2] : [2, 1]);
      const name = `matmul ${transposeA ? "aᵀ" : "a"} ${transposeB ? "bᵀ" : "b"}, ${["matrices", "batch", "broadcast batch"][batch]}`;
      return define(
        name,
        { x, y },
        (v) => op.matmul(v.x, v.y, { transposeA, transposeB, scale: 0.5 }),
        (a) => map(product(transposeA ? swapLast(a.x) : a.x, transposeB ? swapLast(a.y) : a.y), (value) => value / 2),
      );
    }),
  ),
);

const logSoftmaxRow = (values: Float64Array): Float64Array => softmaxRow(values).map(Math.log);

export const gatherCases: readonly OperatorCase[] = [
  define(
    "gatherRows, rows repeated",
    { x: { shape: (n) => [5, 4 * n] }, i: { shape: (n) => [4 * n, 3 * n], below: 5 } },
    (v) => op.gatherRows(v.x, v.i),
    ({ x, i }) =>
      fill([...i.shape, x.shape[1] as number], (index) => at(x, [at(i, index.slice(0, 2)), index[2] as number])),
  ),
  define(
    "gatherElements, indices repeated",
    { x: matrix, i: { shape: (n) => [3 * n, 6], below: 4 } },
    (v) => op.gatherElements(v.x, v.i, 1),
    ({ x, i }) => fill(i.shape, (index) => at(x, [index[0] as number, at(i, index)])),
  ),
  define(
    "scatterAdd, indices repeated",
    { x: matrix, y: { shape: (n) => [3 * n, 6] }, i: { shape: (n) => [3 * n, 6], below: 4 } },
    (v) => op.scatterAdd(v.x, v.i, v.y, 1),
    ({ x, y, i }) =>
      fill(x.shape, ([r = 0, c = 0]) => {
        const columns = Array.from({ length: 6 }, (_, k) => k).filter((k) => at(i, [r, k]) === c);
        return columns.reduce((sum, k) => sum + at(y, [r, k]), at(x, [r, c]));
      }),
  ),
  define(
    "pick",
    { x: cube, i: { shape: (n) => [2 * n, 3], below: 4 } },
    (v) => op.pick(v.x, v.i),
    ({ x, i }) => fill(i.shape, (index) => at(x, [...index, at(i, index)])),
  ),
  define(
    "pickLogprobs",
    { x: cube, i: { shape: (n) => [2 * n, 3], below: 4 } },
    (v) => op.pickLogprobs(v.x, v.i),
    ({ x, i }) => {
      const all = mapRows(x, logSoftmaxRow);
      return fill(i.shape, (index) => at(all, [...index, at(i, index)]));
    },
  ),
  ...[2, 100].map((rows) =>
    define(
      `projectedLogprobs, ${rows} rows at a time`,
      {
        x: { shape: (n) => [3 * n, 4] },
        y: { shape: () => [6, 4] },
        i: { shape: (n) => [3 * n], below: 6 },
      },
      (v) => op.projectedLogprobs(v.x, v.y, v.i, rows),
      ({ x, y, i }) => {
        const all = mapRows(product(x, swapLast(y)), logSoftmaxRow);
        return fill(i.shape, (index) => at(all, [index[0] as number, at(i, index)]));
      },
    ),
  ),
  define(
    "softmax",
    { x: cube },
    (v) => op.softmax(v.x),
    (a) => mapRows(a.x, softmaxRow),
  ),
  define(
    "logSoftmax",
    { x: cube },
    (v) => op.logSoftmax(v.x),
    (a) => mapRows(a.x, logSoftmaxRow),
  ),
];

const size = { batch: 2, heads: 2, groups: 2, width: 4 };
const queries: InputSpec = { shape: (n) => [size.batch, size.heads, size.groups, 3 * n, size.width] };
const keys: InputSpec = { shape: (n) => [size.batch, size.heads, 3 * n, size.width] };

function attended({ x, y, z }: Arrays): Nd {
  const [batch, heads, , length, width] = x.shape as [number, number, number, number, number];
  const wide = (kv: Nd): Nd => ({ shape: [batch, heads, 1, length, width], data: kv.data });
  const scores = map(product(x, swapLast(wide(y))), (value) => value / Math.sqrt(width));
  const masked = fill(scores.shape, (index) =>
    (index[4] as number) > (index[3] as number) ? -1e9 : at(scores, index),
  );
  return product(mapRows(masked, softmaxRow), wide(z));
}

function causal(x: Value, length: number): Value {
  const positions = x.graph.constant(
    Array.from({ length }, (_, i) => i),
    "int32",
  );
  const visible = op.lessOrEqual(op.reshape(positions, [1, length]), op.reshape(positions, [length, 1]));
  return op.where(visible, x.graph.constant(0), -1e9);
}

const theta = 100;
function rotated(x: Nd, width: number): Nd {
  return fill(x.shape, (index) => {
    const [b, t, c] = index as [number, number, number];
    const j = c % width;
    const half = width / 2;
    const angle = (t + 2) * theta ** ((-2 * (j % half)) / width);
    const other = j < half ? -at(x, [b, t, c + half]) : at(x, [b, t, c - half]);
    return at(x, index) * Math.cos(angle) + other * Math.sin(angle);
  });
}

export const attentionCases: readonly OperatorCase[] = [
  define(
    "attention, causal, grouped",
    { x: queries, y: keys, z: keys },
    (v) => op.attention(v.x, v.y, v.z, causal(v.x, Number(v.x.shape[3]))),
    attended,
  ),
  define(
    "attention, causal, grouped, two rows at a time",
    { x: queries, y: keys, z: keys },
    (v) => op.causalAttention(v.x, v.y, v.z, causal(v.x, Number(v.x.shape[3])), 2),
    attended,
  ),
  define(
    "rope, offset 2",
    { x: { shape: (n) => [2, 3 * n, 8] } },
    ({ x }) => {
      const length = Number(x.shape[1]) + 2;
      const { cosine, sine } = op.ropeAngles(length, Float64Array.of(1, theta ** -0.5));
      const table = (data: Float32Array): Value => x.graph.constant([...data], "float32", [length, 2]);
      return op.rope(x, x.graph.constant([2], "int64"), { cosine: table(cosine), sine: table(sine) });
    },
    (a) => rotated(a.x, 4),
  ),
  define(
    "rmsNorm",
    { x: matrix, y: row },
    (v) => op.rmsNorm(v.x, v.y, 1e-3),
    ({ x, y }) =>
      zip(
        mapRows(x, (values) => {
          const rms = Math.sqrt(values.reduce((total, value) => total + value * value, 0) / values.length + 1e-3);
          return values.map((value) => value / rms);
        }),
        y,
        (normal, scale) => normal * scale,
      ),
  ),
];
