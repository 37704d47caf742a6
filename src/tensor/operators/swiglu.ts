import { type Value, withGradient } from "../graph.ts";
import { add, mul, sigmoid, sub } from "./elementwise.ts";

/**
 * silu(gate) · up; Shazeer 2020. With s = sigmoid(gate) and y the output, dgate = dy · (y + s · (up − y)) and
 * dup = dy · gate · s: fewer passes over memory than the composed rules.
 */
export function swiglu(gate: Value, up: Value): Value {
  const s = sigmoid(gate);
  const activated = mul(gate, s);
  const output = mul(activated, up);
  return withGradient(output, [gate, up], (dy) => [mul(dy, add(output, mul(s, sub(up, output)))), mul(dy, activated)]);
}
