import type { Value } from "../graph.ts";
import { reduceSum } from "./broadcast.ts";
import { exp, mul, sub } from "./elementwise.ts";

/** e^x / Σ e^x over the last axis. Gradient: y · (dy − Σ dy·y). */
export function softmax(x: Value): Value {
  return x.graph.apply(
    "Softmax",
    [x],
    { dtype: x.dtype, shape: x.shape },
    {
      attributes: { axis: -1 },
      gradient: (dy, y) => [mul(y, sub(dy, reduceSum(mul(dy, y), [-1], true)))],
    },
  );
}

/** log softmax over the last axis. Gradient: dy − softmax(x) · Σ dy. */
export function logSoftmax(x: Value): Value {
  return x.graph.apply(
    "LogSoftmax",
    [x],
    { dtype: x.dtype, shape: x.shape },
    {
      attributes: { axis: -1 },
      gradient: (dy, y) => [sub(dy, mul(exp(y), reduceSum(dy, [-1], true)))],
    },
  );
}
