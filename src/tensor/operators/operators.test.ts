import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Nd } from "../../../test/support/nd.ts";
import { build, coefficientsFor, draw, type Inputs, operatorCases } from "../../../test/support/operator-graphs.ts";
import type { TensorValue } from "../onnx.ts";
import type { RuntimeSession, RuntimeTensor } from "../onnxruntime.ts";
import { loadSession, toRuntime } from "../runtime.ts";

function run(session: RuntimeSession, inputs: Inputs): Promise<Record<string, RuntimeTensor>> {
  return session.run(Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, toRuntime(value)])));
}

const toNd = ({ shape, data }: TensorValue): Nd => ({ shape, data: Float64Array.from(data, Number) });
const floatsOf = (tensor: RuntimeTensor | undefined): Float32Array => tensor?.data as Float32Array;
const largest = (numbers: Iterable<number>): number => [...numbers].reduce((max, x) => Math.max(max, Math.abs(x)), 0);

describe("the operators", () => {
  it("are all among the cases", () => {
    const here = new URL("./", import.meta.url);
    const cases = ["elementwise-cases", "operator-cases"]
      .map((name) => readFileSync(new URL(`../../../test/support/${name}.ts`, here), "utf8"))
      .join("\n");
    const files = readdirSync(here).filter((name) => name.endsWith(".ts") && !name.endsWith("test.ts"));
    const names = files.flatMap((name) =>
      [...readFileSync(new URL(name, here), "utf8").matchAll(/^export (?:const|function) (\w+)/gm)].map(
        ([, found]) => found ?? "",
      ),
    );
    expect(names.length).toBeGreaterThan(50);
    // sumTo is the gradient of every broadcast operand; stopGradient has none by design (gradients.test.ts).
    expect(
      names.filter((name) => !["sumTo", "stopGradient"].includes(name) && !new RegExp(`op\\.${name}\\b`).test(cases)),
    ).toEqual([]);
  });
});

describe.each(operatorCases.map((item) => [item.name, item] as const))("%s", (_name, item) => {
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
        const lossAfter = (by: number): number =>
          loss({ ...exact, [name]: { shape: at.shape, data: at.data.with(i, x + by) } });
        return (lossAfter(1e-6) - lossAfter(-1e-6)) / 2e-6;
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
        expect(Buffer.compare(bytes(tensor), bytes(two[name] as RuntimeTensor)), `${name}, repeat ${repeat}`).toBe(0);
      }
    }
  });
});

function bytes(tensor: RuntimeTensor): Uint8Array {
  const { buffer, byteOffset, byteLength } = tensor.data as Float32Array;
  return new Uint8Array(buffer, byteOffset, byteLength);
}
