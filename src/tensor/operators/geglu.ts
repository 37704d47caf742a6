import type { Value } from "../graph.ts";
import { add, mul, sigmoid, square } from "./elementwise.ts";

/** 2 · sqrt(2 / π): tanh(z) is 2 · sigmoid(2 z) − 1. */
const SLOPE = 2 * Math.sqrt(2 / Math.PI);

/** gelu(gate) · up; Shazeer 2020. gelu(x) = x · (1 + tanh(sqrt(2/π) (x + 0.044715 x³))) / 2, as x · sigmoid. */
export function geglu(gate: Value, up: Value): Value {
  const slope = add(mul(square(gate), 0.044715 * SLOPE), SLOPE);
  return mul(mul(gate, sigmoid(mul(gate, slope))), up);
}
