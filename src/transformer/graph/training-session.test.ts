import { describe, expect, it, vi } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { B, batchOf, sessionsOf, T } from "../../../test/support/small-training.ts";
import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { WorkerThread } from "../../tensor/rpc.ts";
import { initialWeights, type Weights } from "../checkpoint/weights.ts";
import type { TrainingSession } from "./training-session.ts";

const config = smallConfig({ layers: 1, contextLength: 12, ropeTheta: 100 });
const start = initialWeights(config, rng(4));
const session = sessionsOf(config, start);

async function trainSteps(item: TrainingSession, from: number, to: number, rate = 0.01): Promise<Weights> {
  for (let step = from; step < to; step++) await item.step(batchOf(step), rate);
  return item.weights();
}

const difference = (a: Weights, b: Weights): number => {
  let worst = 0;
  for (const [name, { data }] of a)
    for (const [i, x] of data.entries()) worst = Math.max(worst, Math.abs(x - (b.get(name)?.data[i] as number)));
  return worst;
};

describe("TrainingSession", () => {
  it("learns a rule that it can learn", async () => {
    const item = await session();
    const losses: number[] = [];
    for (let step = 0; step < 150; step++) losses.push((await item.step(batchOf(step), 0.01))["loss"] as number);
    expect(losses[0]).toBeGreaterThan(2);
    expect(losses.at(-1)).toBeLessThan(0.05);
  });

  it("gives the same bytes on one thread, on two, and from a saved state", async () => {
    const one = await trainSteps(await session(), 0, 8);
    expect(difference(one, await trainSteps(await session({ threads: 2 }), 0, 8))).toBe(0);
    const first = await session();
    await trainSteps(first, 0, 3);
    const second = await session({ weights: await first.weights() });
    await second.restore(await first.state());
    expect(second.steps).toBe(3);
    expect(difference(one, await trainSteps(second, 3, 8))).toBe(0);
    expect(difference(one, start)).toBeGreaterThan(0.01);
  });

  it("gives the same bytes where gradients are written in place and where they are copied", async () => {
    vi.stubEnv("PRECEPT_FFI", "off");
    const worker = new WorkerThread(new URL("../../tensor/worker.ts", import.meta.url));
    const copying = await trainSteps(await session({ worker }), 0, 4);
    expect(difference(await trainSteps(await session(), 0, 4), copying)).toBe(0);
    vi.unstubAllEnvs();
  });

  it("is AdamW: as computed in float64 from the gradients that plain descent reveals", async () => {
    const optimizer = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 0.5 };
    const item = await session({ optimizer });
    const name = "model.layers.0.mlp.down_proj.weight";
    const embedding = "model.embed_tokens.weight";
    const expected = new Map(
      [name, embedding].map((key) => {
        const size = start.get(key)?.data.length as number;
        return [
          key,
          { p: Float64Array.from(start.get(key)?.data ?? []), m: new Float64Array(size), v: new Float64Array(size) },
        ];
      }),
    );
    for (let step = 1; step <= 3; step++) {
      const before = (await item.state()).moments;
      const { gradientNorm } = await item.step(batchOf(step), 0.02);
      expect(gradientNorm).toBeGreaterThan(optimizer.clipNorm);
      const after = (await item.state()).moments;
      for (const [key, { p, m, v }] of expected) {
        for (let i = 0; i < p.length; i++) {
          const slope =
            ((after.get(`first.${key}`)?.data[i] as number) - 0.9 * (before.get(`first.${key}`)?.data[i] as number)) /
            0.1;
          m[i] = 0.9 * (m[i] as number) + 0.1 * slope;
          v[i] = 0.95 * (v[i] as number) + 0.05 * slope * slope;
          const decay = key === name ? 0.1 : 0;
          const update =
            (m[i] as number) / (1 - 0.9 ** step) / (Math.sqrt((v[i] as number) / (1 - 0.95 ** step)) + 1e-8);
          p[i] = (p[i] as number) - 0.02 * (update + decay * (p[i] as number));
        }
      }
    }
    const weights = await item.weights();
    for (const [key, { p }] of expected) {
      const worst = p.reduce((m, x, i) => Math.max(m, Math.abs(x - (weights.get(key)?.data[i] as number))), 0);
      expect(worst, key).toBeLessThan(2e-4);
    }
  });

  it("clips to a global norm: the first moments of step one have norm (1 − beta1) · clipNorm", async () => {
    const item = await session({ optimizer: { clipNorm: 0.25 } });
    const { gradientNorm } = await item.step(batchOf(0), 0);
    expect(gradientNorm).toBeGreaterThan(0.25);
    let squares = 0;
    for (const [name, { data }] of (await item.state()).moments)
      if (name.startsWith("first.")) squares += data.reduce((sum, x) => sum + x * x, 0);
    expect(Math.sqrt(squares)).toBeCloseTo(0.025, 6);
  });

  it("averages gradients and metrics over accumulated batches", async () => {
    const whole = await session();
    const halves = await session({ accumulate: 2 });
    const [one, two] = [await whole.step(batchOf(1), 0.01), await halves.step([batchOf(1), batchOf(1)], 0.01)];
    expect(two).toEqual(one);
    expect(difference(await whole.weights(), await halves.weights())).toBeLessThan(1e-6);
    const mixed = await halves.step([batchOf(2), batchOf(3)], 0);
    const apart = [await halves.step([batchOf(2), batchOf(2)], 0), await halves.step([batchOf(3), batchOf(3)], 0)];
    expect(mixed["loss"]).toBeCloseTo(((apart[0]?.["loss"] as number) + (apart[1]?.["loss"] as number)) / 2, 5);
    await expect(halves.step(batchOf(1), 0.01)).rejects.toThrow("1 batches");
  });

  it("leaves alone what is not trainable", async () => {
    const item = await session({ trainable: (name) => name.includes("mlp") });
    const after = await trainSteps(item, 0, 2);
    for (const [name, { data }] of start) {
      expect(
        Buffer.compare(Buffer.from(data.buffer), Buffer.from(after.get(name)?.data.buffer ?? new ArrayBuffer(0))) === 0,
        name,
      ).toBe(!name.includes("mlp"));
    }
  });

  it("stops at a number that is not finite, with weights, moments and step as before", async () => {
    const item = await session();
    const before = await trainSteps(item, 0, 2);
    const moments = (await item.state()).moments;
    const poisoned = { ...batchOf(3), weights: new Float32Array(B * T).fill(Number.NaN) };
    const failure = await item.step(poisoned, 0.01).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PreceptError);
    expect((failure as PreceptError).code).toBe("not-finite");
    expect(item.steps).toBe(2);
    expect(difference(before, await item.weights())).toBe(0);
    expect(difference(moments, (await item.state()).moments)).toBe(0);
  });

  it("names the input that is missing or of another size", async () => {
    const item = await session();
    const { targets: _targets, ...rest } = batchOf(0);
    await expect(item.step(rest, 0.01)).rejects.toThrow("Feeding the training input targets: nothing");
    await expect(item.step({ ...batchOf(0), tokens: new Int32Array(5) }, 0.01)).rejects.toThrow("Int32Array of 5");
    await expect(item.step({ ...batchOf(0), weights: new Int32Array(B * T) }, 0.01)).rejects.toThrow("float32 (3, 12)");
  });
});
