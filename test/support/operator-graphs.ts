import { rng } from "../../src/rng.ts";
import { gradients } from "../../src/tensor/gradients.ts";
import { Graph, toOnnx, type Value } from "../../src/tensor/graph.ts";
import type { TensorValue } from "../../src/tensor/onnx.ts";
import { reduceSum } from "../../src/tensor/operators/broadcast.ts";
import { add, mul } from "../../src/tensor/operators/elementwise.ts";
import { elementwiseCases } from "./elementwise-cases.ts";
import type { OperatorCase } from "./operator-case.ts";
import { attentionCases, gatherCases, matmulCases, reduceCases, shapeCases } from "./operator-cases.ts";

/** All operators: what they compute, and how to ask for it. */
export const operatorCases: readonly OperatorCase[] = [
  ...elementwiseCases,
  ...reduceCases,
  ...shapeCases,
  ...matmulCases,
  ...gatherCases,
  ...attentionCases,
];

export type Inputs = Record<string, TensorValue>;

/** Random inputs: floats in the case's range, kept away from each other where it asks; integers below a bound. */
export function draw(item: OperatorCase, n: number): Inputs {
  const inputs: Inputs = {};
  for (const [name, spec] of Object.entries(item.inputs)) {
    const shape = spec.shape(n);
    const count = shape.reduce((a, b) => a * b, 1);
    const random = rng(11, item.name, name, n);
    if (spec.below !== undefined) {
      const below = spec.below;
      inputs[name] = { dtype: "int32", shape, data: Int32Array.from({ length: count }, () => random.integer(below)) };
    } else {
      const [low, high] = spec.range ?? [-2, 2];
      inputs[name] = {
        dtype: "float32",
        shape,
        data: Float32Array.from({ length: count }, () => low + (high - low) * random.next()),
      };
    }
  }
  return inputs;
}

export interface Built {
  readonly model: Uint8Array;
  readonly floats: readonly string[];
  readonly shape: readonly number[];
}

/** A graph of the case's output, of loss = sum(output · c) and of the loss's gradients. */
export function build(item: OperatorCase, inputs: Inputs): Built {
  const graph = new Graph();
  const values: Record<string, Value> = {};
  for (const [name, { dtype, shape }] of Object.entries(inputs)) values[name] = graph.input(name, dtype, shape);
  const output = item.build(values);
  const coefficients = graph.input("coefficients", "float32", output.shape);
  const floats = Object.keys(inputs).filter((name) => inputs[name]?.dtype === "float32");
  const slopes = gradients(
    reduceSum(mul(output, coefficients)),
    floats.map((name) => values[name] as Value),
  );
  // "+ 0" so that a gradient which is itself an input has a node of its own to come out of.
  const outputs = Object.fromEntries(slopes.map((slope, i) => [`d.${floats[i]}`, add(slope, 0)]));
  return { model: toOnnx(graph, { output, ...outputs }), floats, shape: output.dimensions };
}

export function coefficientsFor(item: OperatorCase, shape: readonly number[]): TensorValue {
  const random = rng(12, item.name);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  return { dtype: "float32", shape, data };
}
