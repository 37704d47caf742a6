import type { Value } from "../../src/tensor/graph.ts";
import * as op from "../../src/tensor/index.ts";
import { at, fill, zip } from "./nd.ts";
import { binary, column, define, matrix, type OperatorCase, positive, row, unary } from "./operator-case.ts";

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

export const elementwiseCases: readonly OperatorCase[] = [
  binary("add", matrix, op.add, (x, y) => x + y),
  binary("add, row broadcast", row, op.add, (x, y) => x + y),
  binary("sub, column broadcast", column, op.sub, (x, y) => x - y),
  binary("mul", matrix, op.mul, (x, y) => x * y),
  binary("mul, row broadcast", row, op.mul, (x, y) => x * y),
  binary("mul, a scalar value", { shape: () => [] }, op.mul, (x, y) => x * y),
  binary("div", positive, op.div, (x, y) => x / y),
  binary("div, column broadcast", column, op.div, (x, y) => x / y),
  binary("minimum", matrix, op.minimum, Math.min),
  binary("maximum, row broadcast", row, op.maximum, Math.max),
  define(
    "mul, both broadcast",
    { x: row, y: column },
    (v) => op.mul(v.x, v.y),
    (a) => zip(a.x, a.y, (x, y) => x * y),
  ),
  unary(
    "numbers on either side",
    matrix,
    (x) => op.sub(3, op.mul(op.add(x, 1), 2)),
    (x) => 3 - (x + 1) * 2,
  ),
  unary(
    "clip",
    matrix,
    (x) => op.clip(x, -1, 0.5),
    (x) => Math.min(0.5, Math.max(-1, x)),
  ),
  unary("neg", matrix, op.neg, (x) => -x),
  unary("exp", matrix, op.exp, Math.exp),
  unary("log", positive, op.log, Math.log),
  unary("sqrt", positive, op.sqrt, Math.sqrt),
  unary("square", matrix, op.square, (x) => x * x),
  unary("abs", matrix, op.abs, Math.abs),
  { ...unary("sign", matrix, op.sign, Math.sign), hasGradient: false },
  unary("tanh", matrix, op.tanh, Math.tanh),
  unary("sigmoid", matrix, op.sigmoid, logistic),
  unary(
    "softplus",
    { ...matrix, range: [-30, 30] },
    op.softplus,
    (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  ),
  unary(
    "logSigmoid",
    { ...matrix, range: [-30, 30] },
    op.logSigmoid,
    (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x))),
  ),
  unary("silu", matrix, op.silu, (x) => x * logistic(x)),
  binary("swiglu", matrix, op.swiglu, (x, y) => x * logistic(x) * y),
  binary(
    "geglu",
    matrix,
    op.geglu,
    (x, y) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) * y,
  ),
  define(
    "where",
    { i: { ...matrix, below: 9 }, y: row, z: column },
    (v) => op.where(op.less(v.i, 5), v.y, v.z),
    ({ i, y, z }) => fill(i.shape, (index) => (at(i, index) < 5 ? at(y, index) : at(z, index))),
  ),
  ...comparisons(),
];

function comparisons(): OperatorCase[] {
  const ops: readonly (readonly [string, (x: Value, y: Value) => Value, (x: number, y: number) => boolean])[] = [
    ["less", op.less, (x, y) => x < y],
    ["lessOrEqual", op.lessOrEqual, (x, y) => x <= y],
    ["greater", op.greater, (x, y) => x > y],
    ["greaterOrEqual", op.greaterOrEqual, (x, y) => x >= y],
    ["equal", op.equal, (x, y) => x === y],
    [
      "and, or, not",
      (x, y) => op.or(op.not(op.less(x, y)), op.and(op.less(x, 0), op.less(y, 0))),
      (x, y) => !(x < y) || (x < 0 && y < 0),
    ],
  ];
  return ops.map(([name, build, f]) => {
    const asNumber = (x: Value, y: Value): Value => op.cast(build(op.cast(x, "int32"), op.cast(y, "int32")), "float32");
    return { ...binary(name, row, asNumber, (x, y) => Number(f(Math.trunc(x), Math.trunc(y)))), hasGradient: false };
  });
}
