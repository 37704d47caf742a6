import type { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import type { Nd } from "../../../test/support/nd.ts";
import type { OperatorCase } from "../../../test/support/operator-cases.ts";
import {
  attentionCases,
  elementwiseCases,
  gatherCases,
  matmulCases,
  reduceCases,
  shapeCases,
} from "../../../test/support/operator-cases.ts";
import { rng } from "../../rng.ts";
import { gradients } from "../gradients.ts";
import type { Value } from "../graph.ts";
import { Graph, toOnnx } from "../graph.ts";
import type { TensorValue } from "../onnx.ts";
import { loadSession, toRuntime } from "../runtime.ts";
import { add, mul } from "./elementwise.ts";
import { reduceSum } from "./reduce.ts";

const cases: readonly OperatorCase[] = [
  ...elementwiseCases,
  ...reduceCases,
  ...shapeCases,
  ...matmulCases,
  ...gatherCases,
  ...attentionCases,
];

type Inputs = Record<string, TensorValue>;

/** Random inputs: floats in the case's range, kept away from each other where it asks; integers below a bound. */
function draw(item: OperatorCase, n: number): Inputs {
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

interface Built {
  readonly model: Uint8Array;
  readonly floats: readonly string[];
  readonly shape: readonly number[];
}

/** A graph of the case's output, of loss = sum(output · c) and of the loss's gradients. */
function build(item: OperatorCase, inputs: Inputs): Built {
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

function coefficientsFor(item: OperatorCase, shape: readonly number[]): TensorValue {
  const random = rng(12, item.name);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
  return { dtype: "float32", shape, data };
}

function run(session: InferenceSession, inputs: Inputs): Promise<Record<string, Tensor>> {
  return session.run(Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toRuntime(value)])));
}

const toNd = ({ shape, data }: TensorValue): Nd => ({ shape, data: Float64Array.from(data, Number) });
const floatsOf = (tensor: Tensor | undefined): Float32Array => tensor?.data as Float32Array;
const largest = (numbers: Iterable<number>): number => [...numbers].reduce((max, x) => Math.max(max, Math.abs(x)), 0);

describe.each(cases.map((item) => [item.name, item] as const))("%s", (_name, item) => {
  it("computes the reference, and its gradient is that of central differences in float64", async () => {
    const inputs = draw(item, 1);
    const exact = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toNd(value)]));
    const expected = item.reference(exact);
    const coefficients = coefficientsFor(item, expected.shape);
    const { model, floats } = build(item, inputs);
    const results = await run(await loadSession(model, 1), { ...inputs, coefficients });
    expect(results["output"]?.dims).toEqual(expected.shape);
    const worst = largest(floatsOf(results["output"]).map((x, i) => x - (expected.data[i] as number)));
    expect(worst).toBeLessThan(3e-6 * Math.max(1, largest(expected.data)));

    const loss = (at: Record<string, Nd>): number =>
      item.reference(at).data.reduce((sum, x, i) => sum + x * (coefficients.data[i] as number), 0);
    for (const name of floats) {
      const at = exact[name] as Nd;
      const differences = at.data.map((x, i) => {
        const shifted = (by: number): number =>
          loss({ ...exact, [name]: { shape: at.shape, data: at.data.with(i, x + by) } });
        return (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
      });
      const slope = floatsOf(results[`d.${name}`]);
      expect(slope.length).toBe(at.data.length);
      if (item.hasGradient !== false) expect(largest(differences)).toBeGreaterThan(1e-4);
      expect(largest(differences.map((x, i) => x - (slope[i] as number)))).toBeLessThan(
        1e-5 * Math.max(1, largest(differences)),
      );
    }
  });

  it("gives the same bits on one thread, on two, and again", async () => {
    const inputs = draw(item, 24);
    const { model, shape } = build(item, inputs);
    const feeds = { ...inputs, coefficients: coefficientsFor(item, shape) };
    const one = await run(await loadSession(model, 1), feeds);
    const session = await loadSession(model, 2);
    for (let repeat = 0; repeat < 3; repeat++) {
      const two = await run(session, feeds);
      for (const [name, tensor] of Object.entries(one)) {
        expect(Buffer.compare(bytes(tensor), bytes(two[name] as Tensor)), `${name}, repeat ${repeat}`).toBe(0);
      }
    }
  });
});

function bytes(tensor: Tensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
