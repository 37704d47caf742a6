import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { gradients } from "../../tensor/gradients.ts";
import { Graph, toOnnx } from "../../tensor/graph.ts";
import { attention, causalAttention } from "../../tensor/operators/attention.ts";
import { reduceSum } from "../../tensor/operators/broadcast.ts";
import { lessOrEqual, mul, where } from "../../tensor/operators/elementwise.ts";
import { reshape } from "../../tensor/operators/shape.ts";
import { loadSession, toRuntime } from "../../tensor/runtime.ts";
import { initialWeights } from "../checkpoint/weights.ts";
import type { LossBuilder } from "./training-graph.ts";
import { TrainingSession } from "./training-session.ts";

const shape = {
  vocabularySize: 800,
  hiddenSize: 128,
  feedForwardSize: 352,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 32,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};

/** Losses and weights after two steps. */
async function train(batch: number, length: number, threads: number) {
  const config = { ...shape, contextLength: length };
  const grid = [batch, length];
  const loss: LossBuilder = (_graph, model, input) => {
    const hidden = model.hiddenStates(input("tokens", "int32", grid), input("segments", "int32", grid));
    const logprobs = model.tokenLogprobs(model.logits(hidden), input("targets", "int32", grid));
    return { loss: mul(reduceSum(logprobs), -1 / (batch * length)), metrics: {} };
  };
  const weights = initialWeights(config, rng(1, "slow"));
  const session = await TrainingSession.create({ config, weights, loss, batch, length, threads });
  const random = rng(2, "slow");
  const losses: number[] = [];
  for (let step = 0; step < 2; step++) {
    const tokens = Int32Array.from({ length: batch * length }, () => random.integer(config.vocabularySize));
    const targets = tokens.map((token) => (token * 7 + 1) % config.vocabularySize);
    const segments = new Int32Array(batch * length).fill(1);
    losses.push((await session.step({ tokens, targets, segments }, 1e-3))["loss"]!);
  }
  const trained = await session.weights();
  await session.dispose();
  return { losses, trained };
}

describe("a whole training step", () => {
  it.each([
    [6, 192],
    [2, 512],
    [1, 2048],
  ])(
    "of %i x %i tokens gives the same bits on one thread and on two",
    async (batch, length) => {
      const [one, two] = [await train(batch, length, 1), await train(batch, length, 2)];
      expect(two.losses).toEqual(one.losses);
      for (const [name, { data }] of one.trained)
        expect(Buffer.compare(Buffer.from(data.buffer), Buffer.from(two.trained.get(name)!.data.buffer)), name).toBe(0);
      expect(one.losses[0]).toBeGreaterThan(6);
    },
    120_000,
  );
});

describe("attention over 1,024 tokens", () => {
  it("is the same in blocks of rows as in one piece, gradients included", async () => {
    const [heads, length, size] = [2, 1024, 16];
    const run = async (block: number) => {
      const graph = new Graph();
      const q = graph.input("q", "float32", [1, heads, 2, length, size]);
      const k = graph.input("k", "float32", [1, heads, length, size]);
      const v = graph.input("v", "float32", [1, heads, length, size]);
      const positions = graph.constant(
        Array.from({ length }, (_, i) => i),
        "int32",
      );
      const seen = lessOrEqual(reshape(positions, [1, length]), reshape(positions, [length, 1]));
      const bias = where(reshape(seen, [1, 1, 1, length, length]), graph.constant(0), -1e9);
      const y = block === 0 ? attention(q, k, v, bias) : causalAttention(q, k, v, bias, block);
      const [dq, dk, dv] = gradients(reduceSum(mul(y, y)), [q, k, v]) as [typeof q, typeof k, typeof v];
      const session = await loadSession(toOnnx(graph, { y, dq, dk, dv }), 1);
      const random = rng(3, "attention");
      const feeds = [q, k, v].map(({ name, dimensions }) => {
        const count = dimensions.reduce((product, n) => product * n, 1);
        const data = Float32Array.from({ length: count }, () => random.normal());
        return [name, toRuntime({ dtype: "float32", shape: dimensions, data })] as const;
      });
      return session.run(Object.fromEntries(feeds));
    };
    const [whole, blocks] = [await run(0), await run(128)];
    for (const name of ["y", "dq", "dk", "dv"]) {
      const [a, b] = [whole[name]!.data as Float32Array, blocks[name]!.data as Float32Array];
      const scale = a.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
      expect(a.reduce((max, x, i) => Math.max(max, Math.abs(x - b[i]!)), 0) / scale, name).toBeLessThan(1e-5);
    }
  });
});
