import { PreceptError } from "../../errors.ts";
import { type NodeOptions, Value } from "../graph.ts";
import { type DataType, MICROSOFT } from "../onnx.ts";
import { broadcastShapes } from "../shapes.ts";
import { sumTo } from "./broadcast.ts";

export type Operand = Value | number;

/** Two operands as values of one type; a number takes the other's type. */
function pair(a: Operand, b: Operand): readonly [Value, Value] {
  if (a instanceof Value) {
    const right = b instanceof Value ? b : a.graph.constant(b, a.dtype);
    if (right.dtype === a.dtype) return [a, right];
    throw new PreceptError("shape-mismatch", {
      attempted: "Combining two tensors",
      found: `${a.dtype} with ${right.dtype}`,
    });
  }
  if (b instanceof Value) return [b.graph.constant(a, b.dtype), b];
  throw new PreceptError("input-invalid", { attempted: "Adding an operator to a graph", found: "two plain numbers" });
}

function binary(
  op: string,
  left: Operand,
  right: Operand,
  gradient: (dy: Value, a: Value, b: Value, y: Value) => readonly [Value, Value],
): Value {
  const [a, b] = pair(left, right);
  return a.graph.apply(
    op,
    [a, b],
    { dtype: a.dtype, shape: broadcastShapes(a.shape, b.shape) },
    {
      gradient: (dy, y) => {
        const [da, db] = gradient(dy, a, b, y);
        return [sumTo(da, a), sumTo(db, b)];
      },
    },
  );
}

function comparison(op: string, left: Operand, right: Operand): Value {
  const [a, b] = pair(left, right);
  return a.graph.apply(op, [a, b], { dtype: "bool", shape: broadcastShapes(a.shape, b.shape) }, { gradient: "none" });
}

function unary(op: string, x: Value, gradient: (dy: Value, y: Value) => Value, options: NodeOptions = {}): Value {
  return x.graph.apply(
    op,
    [x],
    { dtype: x.dtype, shape: x.shape },
    { ...options, gradient: (dy, y) => [gradient(dy, y)] },
  );
}

export const add = (a: Operand, b: Operand): Value => binary("Add", a, b, (dy) => [dy, dy]);
export const sub = (a: Operand, b: Operand): Value => binary("Sub", a, b, (dy) => [dy, neg(dy)]);
export const mul = (a: Operand, b: Operand): Value => binary("Mul", a, b, (dy, x, z) => [mul(dy, z), mul(dy, x)]);

/** a / b; the gradient of b is -dy·y / b. */
export const div = (a: Operand, b: Operand): Value =>
  binary("Div", a, b, (dy, _x, z, y) => {
    const scaled = div(dy, z);
    return [scaled, neg(mul(scaled, y))];
  });

/** The smaller of the two; where they are equal, the gradient goes to `a`. */
export const minimum = (a: Operand, b: Operand): Value =>
  binary("Min", a, b, (dy, x, z) => [where(lessOrEqual(x, z), dy, 0), where(lessOrEqual(x, z), 0, dy)]);

/** The larger of the two; where they are equal, the gradient goes to `a`. */
export const maximum = (a: Operand, b: Operand): Value =>
  binary("Max", a, b, (dy, x, z) => [where(greaterOrEqual(x, z), dy, 0), where(greaterOrEqual(x, z), 0, dy)]);

/** max(low, min(high, x)); the gradient passes inside the interval, ends included. */
export function clip(x: Value, low: number, high: number): Value {
  const bounds = [x.graph.constant(low, x.dtype), x.graph.constant(high, x.dtype)] as const;
  return x.graph.apply(
    "Clip",
    [x, ...bounds],
    { dtype: x.dtype, shape: x.shape },
    {
      gradient: (dy) => [where(and(greaterOrEqual(x, low), lessOrEqual(x, high)), dy, 0), undefined, undefined],
    },
  );
}

export const neg = (x: Value): Value => unary("Neg", x, (dy) => neg(dy));
export const exp = (x: Value): Value => unary("Exp", x, (dy, y) => mul(dy, y));
export const log = (x: Value): Value => unary("Log", x, (dy) => div(dy, x));
export const sqrt = (x: Value): Value => unary("Sqrt", x, (dy, y) => div(mul(dy, 0.5), y));
export const square = (x: Value): Value => mul(x, x);

/** |x|; its gradient at 0 is 0. */
export const abs = (x: Value): Value => unary("Abs", x, (dy) => mul(dy, sign(x)));

export const sign = (x: Value): Value =>
  x.graph.apply("Sign", [x], { dtype: x.dtype, shape: x.shape }, { gradient: "none" });

export const tanh = (x: Value): Value => unary("Tanh", x, (dy, y) => mul(dy, sub(1, square(y))));

/** 1 / (1 + e^-x) */
export const sigmoid = (x: Value): Value => unary("Sigmoid", x, (dy, y) => mul(dy, mul(y, sub(1, y))));

/** log(1 + e^x), without overflow. */
export const softplus = (x: Value): Value => unary("Softplus", x, (dy) => mul(dy, sigmoid(x)));

/** log sigmoid(x) = -softplus(-x), without overflow. */
export const logSigmoid = (x: Value): Value => neg(softplus(neg(x)));

/** x · sigmoid(x), which is QuickGelu at alpha 1. Gradient: dy · s · (1 + x - y). */
export const silu = (x: Value): Value =>
  unary("QuickGelu", x, (dy, y) => mul(dy, mul(sigmoid(x), add(sub(x, y), 1))), {
    domain: MICROSOFT,
    attributes: { alpha: { float: 1 } },
  });

export const equal = (a: Operand, b: Operand): Value => comparison("Equal", a, b);
export const less = (a: Operand, b: Operand): Value => comparison("Less", a, b);
export const lessOrEqual = (a: Operand, b: Operand): Value => comparison("LessOrEqual", a, b);
export const greater = (a: Operand, b: Operand): Value => comparison("Greater", a, b);
export const greaterOrEqual = (a: Operand, b: Operand): Value => comparison("GreaterOrEqual", a, b);
export const and = (a: Value, b: Value): Value => comparison("And", a, b);
export const or = (a: Value, b: Value): Value => comparison("Or", a, b);
export const not = (x: Value): Value =>
  x.graph.apply("Not", [x], { dtype: "bool", shape: x.shape }, { gradient: "none" });

/** Element by element: a where the condition holds, else b. */
export function where(condition: Value, left: Operand, right: Operand): Value {
  const [a, b] = pair(left, right);
  const shape = broadcastShapes(condition.shape, broadcastShapes(a.shape, b.shape));
  return a.graph.apply(
    "Where",
    [condition, a, b],
    { dtype: a.dtype, shape },
    {
      gradient: (dy) => [undefined, sumTo(where(condition, dy, 0), a), sumTo(where(condition, 0, dy), b)],
    },
  );
}

const ONNX_TYPE: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Another element type; gradients do not pass. */
export const cast = (x: Value, dtype: DataType): Value =>
  x.dtype === dtype
    ? x
    : x.graph.apply("Cast", [x], { dtype, shape: x.shape }, { attributes: { to: ONNX_TYPE[dtype] }, gradient: "none" });

/** The same numbers, seen as a constant by `gradients`. */
export const stopGradient = (x: Value): Value =>
  x.graph.apply("Identity", [x], { dtype: x.dtype, shape: x.shape }, { gradient: "none" });
