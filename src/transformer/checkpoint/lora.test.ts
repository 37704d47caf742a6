import { describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { batchOf, sessionsOf } from "../../../test/support/small-training.ts";
import { rng } from "../../rng.ts";
import { dropoutMasks, maskedModules } from "../graph/lora-dropout.ts";
import type { TrainingOptions } from "../graph/training-session.ts";
import {
  initialAdapter,
  type LoraAdapter,
  type LoraConfig,
  loraConfig,
  mergeAdapter,
  targetedModules,
} from "./lora.ts";
import { initialWeights, type Weights } from "./weights.ts";

const config = smallConfig({ contextLength: 12, ropeTheta: 100 });
const base = initialWeights(config, rng(4));
const session = sessionsOf(config, base);

/** An adapter whose B is not zero, so that it changes something. */
function makeAdapter(options: Partial<LoraConfig> = {}): LoraAdapter {
  const adapter = initialAdapter(base, loraConfig({ rank: 3, ...options }), rng(1));
  const random = rng(2);
  const weights = new Map(
    [...adapter.weights].map(([name, { shape, data }]) => [
      name,
      { shape, data: name.includes("lora_B") ? data.map(() => 0.3 * random.normal()) : data },
    ]),
  );
  return { config: adapter.config, weights };
}

/** The loss of a batch, from a step that moves nothing. */
const lossOf = async (options: Partial<TrainingOptions>): Promise<number> =>
  (await (await session(options)).step(batchOf(1), 0))["loss"] as number;

const numbers = (weights: Weights): Record<string, number[]> =>
  Object.fromEntries([...weights].map(([name, { data }]) => [name, [...data]]));

describe("a LoRA adapter", () => {
  it("changes nothing before it is trained, and what the merged weights change once it has learned", async () => {
    const plain = await lossOf({});
    expect(await lossOf({ adapter: initialAdapter(base, loraConfig({ rank: 3 }), rng(1)) })).toBe(plain);
    for (const options of [{}, { rankStabilised: true, alpha: 2 }, { targetModules: ["q_proj", "down_proj"] }]) {
      const adapter = makeAdapter(options);
      const adapted = await lossOf({ adapter });
      expect(Math.abs(adapted - plain)).toBeGreaterThan(1e-3);
      expect(adapted).toBeCloseTo(await lossOf({ weights: mergeAdapter(base, adapter) }), 5);
    }
  });

  it("merges as computed by hand: W + alpha / r · B A", () => {
    const tiny: Weights = new Map([
      ["model.layers.0.q_proj.weight", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ]);
    const weights: Weights = new Map([
      ["model.layers.0.q_proj.lora_A.weight", { shape: [1, 2], data: Float32Array.of(1, -1) }],
      ["model.layers.0.q_proj.lora_B.weight", { shape: [2, 1], data: Float32Array.of(0.5, 2) }],
    ]);
    const merged = mergeAdapter(tiny, { config: loraConfig({ rank: 1, alpha: 4 }), weights });
    expect(numbers(merged)["model.layers.0.q_proj.weight"]).toEqual([3, 0, 11, -4]);
  });

  it("has the gradients that finite differences find", async () => {
    const adapter = makeAdapter();
    // One step from zero moments moves every number by the rate against its gradient's sign: enough to compare directions.
    const trained = await session({ adapter, optimizer: { clipNorm: 1e9 } });
    await trained.step(batchOf(1), 1e-4);
    const { moments } = await trained.state();
    for (const name of ["model.layers.1.mlp.up_proj.lora_A.weight", "model.layers.0.self_attn.v_proj.lora_B.weight"]) {
      // first moment after one step = (1 - beta1) · gradient
      const gradient = moments.get(`first.${name}`)!.data.map((m) => m / 0.1);
      const { shape, data } = adapter.weights.get(name)!;
      const most = Math.max(...gradient.map(Math.abs));
      for (const i of [5, data.length - 1]) {
        const lossAfter = (by: number): Promise<number> => {
          const own = data.slice();
          own[i] = own[i]! + by;
          return lossOf({
            adapter: { ...adapter, weights: new Map([...adapter.weights, [name, { shape, data: own }]]) },
          });
        };
        const slope = ((await lossAfter(1e-2)) - (await lossAfter(-1e-2))) / 2e-2;
        expect(Math.abs(slope - gradient[i]!)).toBeLessThan(0.02 * most + 1e-4);
      }
    }
  });

  it("learns while the base stays as it was, without moments for the base", async () => {
    const adapter = initialAdapter(base, loraConfig({ rank: 4 }), rng(1));
    const training = await session({ adapter });
    const losses: number[] = [];
    for (let step = 1; step <= 60; step++) losses.push((await training.step(batchOf(step), 0.02))["loss"] as number);
    expect(losses.at(-1)).toBeLessThan(losses[0]! * 0.8);
    const after = await training.weights();
    for (const [name, { data }] of base) expect([...after.get(name)!.data]).toEqual([...data]);
    expect(new Set((await training.learnedWeights()).keys())).toEqual(new Set(adapter.weights.keys()));
    expect((await training.state()).moments.size).toBe(2 * adapter.weights.size);
  });

  it("drops inputs by seed and step alone: the same again, another with another seed, and none at rate 0", async () => {
    const adapter = makeAdapter({ dropout: 0.3 });
    const run = async (seed: number): Promise<number[]> => {
      const training = await session({ adapter, seed });
      const losses: number[] = [];
      for (let step = 1; step <= 3; step++) losses.push((await training.step(batchOf(1), 0))["loss"] as number);
      return losses;
    };
    const first = await run(5);
    expect(new Set(first).size).toBe(3);
    expect(await run(5)).toEqual(first);
    expect(await run(6)).not.toEqual(first);
    const modules = new Map([["m", 3]]);
    const [masked] = maskedModules({ config: adapter.config, modules }, () => 501, 100);
    const mask = Object.values(dropoutMasks([masked!], 1, 1, 0))[0]!.data as Uint8Array;
    const kept = mask.reduce((sum, bit) => sum + bit, 0) / mask.length;
    expect(kept).toBeCloseTo(0.7, 2);
    expect(maskedModules({ config: { ...adapter.config, dropout: 0 }, modules }, () => 501, 100)).toEqual([]);
  });

  it("continues with the same bytes after its state was saved and restored", async () => {
    const adapter = initialAdapter(base, loraConfig({ rank: 4, dropout: 0.1 }), rng(1));
    const whole = await session({ adapter, seed: 3 });
    for (let step = 1; step <= 4; step++) await whole.step(batchOf(step), 0.02);
    const half = await session({ adapter, seed: 3 });
    for (let step = 1; step <= 2; step++) await half.step(batchOf(step), 0.02);
    const rest = await session({ adapter: { ...adapter, weights: await half.learnedWeights() }, seed: 3 });
    await rest.restore(await half.state());
    for (let step = 3; step <= 4; step++) await rest.step(batchOf(step), 0.02);
    expect(numbers(await rest.learnedWeights())).toEqual(numbers(await whole.learnedWeights()));
  });

  it("refuses unknown targets, impossible settings, and an adapter of another base", () => {
    expect(targetedModules(base.keys(), ["q_proj"]).length).toBe(2);
    expect(() => targetedModules(base.keys(), ["wq"])).toThrow("no linear layer named wq");
    expect(() => loraConfig({ rank: 0 })).toThrow("rank 0");
    expect(() => loraConfig({ rank: 4, dropout: 1 })).toThrow("dropout 1");
    const wider = initialWeights({ ...config, hiddenSize: 32 }, rng(1));
    expect(() => mergeAdapter(wider, makeAdapter())).toThrow("lora_A.weight (3, 16)");
    const { config: own, weights } = makeAdapter();
    const halved = new Map([...weights].filter(([name]) => name !== "model.layers.0.mlp.up_proj.lora_B.weight"));
    expect(() => mergeAdapter(base, { config: own, weights: halved })).toThrow(
      "no tensor model.layers.0.mlp.up_proj.lora_B",
    );
  });
});
