import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { gradients } from "./gradients.ts";
import { Graph, toOnnx, type Value, withGradient } from "./graph.ts";
import { reduceSum } from "./operators/broadcast.ts";
import { add, exp, mul, stopGradient } from "./operators/elementwise.ts";
import { loadSession, toRuntime } from "./runtime.ts";

/** d loss / d x at x, through the runtime. */
async function slopeAt(x: readonly number[], loss: (x: Value) => Value): Promise<number[]> {
  const graph = new Graph();
  const input = graph.input("x", "float32", [x.length]);
  const [slope] = gradients(loss(input), [input]);
  const session = await loadSession(toOnnx(graph, { slope: slope as Value }), 1);
  const results = await session.run({
    x: toRuntime({ dtype: "float32", shape: [x.length], data: Float32Array.from(x) }),
  });
  return [...(results["slope"]!.data as Float32Array)];
}

describe("gradients", () => {
  it("adds up over all the ways a value is used", async () => {
    // d/dx of x·x + 3x + x is 2x + 4.
    expect(await slopeAt([1, -2], (x) => reduceSum(add(add(mul(x, x), mul(3, x)), x)))).toEqual([6, 0]);
  });

  it("is zero for what the loss does not depend on", async () => {
    expect(await slopeAt([1, 2], (x) => reduceSum(x.graph.constant([5, 6])))).toEqual([0, 0]);
  });

  it("treats stopGradient as a constant", async () => {
    expect(await slopeAt([3, 4], (x) => reduceSum(mul(x, stopGradient(x))))).toEqual([3, 4]);
  });

  it("can be taken of a gradient: x⁴ has second derivative 12 x²", async () => {
    const second = await slopeAt([1, 2], (x) => {
      const square = mul(x, x);
      return reduceSum(gradients(reduceSum(mul(square, square)), [x])[0] as Value);
    });
    expect(second).toEqual([12, 48]);
  });

  it("uses a composite's own rule in place of what lies inside it", async () => {
    const halveGradient = (x: Value): Value => withGradient(exp(x), [x], (dy) => [mul(dy, 0.5)]);
    expect(await slopeAt([1, 7], (x) => reduceSum(halveGradient(x)))).toEqual([0.5, 0.5]);
  });

  it("refuses an operator without a rule, by its name", () => {
    const graph = new Graph();
    const x = graph.input("x", "float32", [2]);
    const y = graph.apply("Erf", [x], { dtype: "float32", shape: [2] });
    expect(() => gradients(reduceSum(y), [x])).toThrow(PreceptError);
    expect(() => gradients(reduceSum(y), [x])).toThrow("the operator Erf, which has no gradient rule");
  });
});
