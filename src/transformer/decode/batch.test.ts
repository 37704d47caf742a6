import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { initialAdapter, loraConfig, mergeAdapter } from "../checkpoint/lora.ts";
import { initialWeights, type WeightTensor } from "../checkpoint/weights.ts";
import { RunningBatch } from "./batch.ts";
import type { SequenceCall, SequenceUpdate } from "./scheduler.ts";

const config = smallConfig({ vocabularySize: 60 });
const weights = new Map(
  [...initialWeights(config, rng(2, "batch"))].map(([name, tensor]) => [
    name,
    tensor.shape.length > 1 ? { ...tensor, data: tensor.data.map((value) => 6 * value) } : tensor,
  ]),
);
const random = rng(5, "adapter");
const fresh = initialAdapter(
  weights,
  loraConfig({ rank: 3, targetModules: ["q_proj", "v_proj", "o_proj", "up_proj", "down_proj"] }),
  random,
);
const adapter = {
  ...fresh,
  weights: new Map(
    [...fresh.weights].map(([name, tensor]): [string, WeightTensor] => [
      name,
      { ...tensor, data: tensor.data.map(() => 0.5 * random.normal()) },
    ]),
  ),
};

const defaults = {
  maxTokens: 20,
  temperature: 1,
  topP: 1,
  stopTokens: [],
  topLogprobs: 0,
  echo: false,
  adapter: 0,
  stream: true,
};
const call = (n: number, change: Partial<SequenceCall> = {}): Omit<SequenceCall, "key"> => ({
  ...defaults,
  id: `${n}`,
  seed: 7,
  tokens: Int32Array.from({ length: 3 + (n % 17) }, (_, i) => (5 * n + 3 * i * i) % config.vocabularySize),
  ...change,
});
async function run(batch: RunningBatch, one: Omit<SequenceCall, "key">, signal?: AbortSignal) {
  const updates: SequenceUpdate[] = [];
  for await (const update of batch.sequence(one, signal)) updates.push(update);
  return {
    tokens: updates.flatMap(({ tokens }) => tokens.map(({ token }) => token)),
    logprobs: updates.flatMap(({ tokens }) => tokens.map(({ logprob }) => logprob)),
    prompt: updates.flatMap(({ prompt = [] }) => prompt),
    finishReason: updates.at(-1)?.finishReason,
    updates: updates.length,
  };
}

let batch: RunningBatch;
beforeAll(async () => {
  batch = await RunningBatch.create({ config, weights, adapters: [adapter], threads: 1 });
});
afterAll(() => batch.close());

describe("RunningBatch", () => {
  it("gives a hundred sequences at once what it gives each alone", async () => {
    const calls = Array.from({ length: 100 }, (_, n) =>
      call(n, { temperature: n % 3 === 0 ? 0 : 0.8, topP: n % 2 === 0 ? 0.9 : 1 }),
    );
    const together = await Promise.all(calls.map((one) => run(batch, one)));
    const alone = [];
    for (const one of calls.slice(0, 40)) alone.push(await run(batch, one));
    expect(together.slice(0, 40)).toEqual(alone);
    expect(new Set(together.map(({ tokens }) => String(tokens))).size).toBeGreaterThan(60);
    expect(await batch.occupancy()).toEqual({ running: 0, waiting: 0 });
  });

  it("ends at a stop token, at maxTokens, and at the end of the context", async () => {
    const free = await run(batch, call(1, { maxTokens: 30 }));
    const stop = free.tokens[6] ?? 0;
    const stopped = await run(batch, call(1, { maxTokens: 30, stopTokens: [stop] }));
    expect(stopped.tokens).toEqual(free.tokens.slice(0, free.tokens.indexOf(stop) + 1));
    expect(stopped.finishReason).toBe("stop");
    expect((await run(batch, call(1, { maxTokens: 4 }))).tokens).toEqual(free.tokens.slice(0, 4));
    const full = await run(batch, call(14, { maxTokens: 1000 }));
    expect(full.tokens).toHaveLength(config.contextLength - 17);
    expect(full.finishReason).toBe("length");
  });

  it("reports in one piece what it would stream, and the most probable tokens", async () => {
    const streamed = await run(batch, call(2, { topLogprobs: 3 }));
    const whole = await run(batch, call(2, { topLogprobs: 3, stream: false }));
    expect(streamed.updates).toBe(20);
    expect({ ...whole, updates: 20 }).toEqual(streamed);
    for await (const { tokens } of batch.sequence(call(2, { topLogprobs: 3, temperature: 0 }))) {
      for (const { token, logprob, top = [] } of tokens) {
        expect(top[0]).toEqual({ token, logprob });
        expect(top.map((one) => one.logprob)).toEqual(top.map((one) => one.logprob).sort((a, b) => b - a));
        expect(top).toHaveLength(3);
      }
    }
  });

  it("echoes the log-probabilities of the prompt, as generation had them", async () => {
    const made = await run(batch, call(3));
    const { tokens } = call(3);
    const whole = call(3, { tokens: Int32Array.from([...tokens, ...made.tokens]), maxTokens: 0, echo: true });
    const echoed = await run(batch, whole);
    expect(echoed.tokens).toEqual([]);
    expect(echoed.prompt.map(({ token }) => token)).toEqual([...tokens.slice(1), ...made.tokens]);
    expect(echoed.prompt.slice(tokens.length - 1).map(({ logprob }) => logprob)).toEqual(made.logprobs);
  });

  it("adds an adapter where one is asked for, as the merged weights would", async () => {
    const merged = await RunningBatch.create({
      config,
      weights: mergeAdapter(weights, adapter),
      threads: 1,
    });
    const calls = Array.from({ length: 20 }, (_, n) => call(n, { temperature: 0, echo: true, maxTokens: 1 }));
    const [plain, adapted, expected] = await Promise.all([
      Promise.all(calls.map((one) => run(batch, one))),
      Promise.all(calls.map((one) => run(batch, { ...one, adapter: 1 }))),
      Promise.all(calls.map((one) => run(merged, one))),
    ]);
    let differences = 0;
    for (const [n, { prompt }] of adapted.entries()) {
      for (const [t, { logprob }] of prompt.entries()) {
        expect(logprob).toBeCloseTo(expected[n]?.prompt[t]?.logprob ?? Number.NaN, 3);
        differences += Math.abs(logprob - (plain[n]?.prompt[t]?.logprob ?? 0));
      }
    }
    expect(differences).toBeGreaterThan(1);
    await merged.close();
  });

  it("lets go of a sequence whose reader leaves, and of one that is aborted", async () => {
    for await (const _ of batch.sequence(call(4, { maxTokens: 40 }))) break;
    const controller = new AbortController();
    const aborted = run(batch, call(5, { maxTokens: 40 }), controller.signal);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: "interrupted" });
    await expect.poll(() => batch.occupancy()).toEqual({ running: 0, waiting: 0 });
    expect((await run(batch, call(4))).tokens).toHaveLength(20);
  });

  it("waits for room, and refuses what can never have any", async () => {
    const capacity = 40;
    const small = await RunningBatch.create({ config, weights, threads: 1, cacheBytes: 3 * 2 * 8 * capacity * 4 * 8 });
    const calls = Array.from({ length: 12 }, (_, n) => call(n, { maxTokens: capacity - 3 - (n % 17) }));
    const expected = await Promise.all(calls.map((one) => run(batch, one)));
    expect(await Promise.all(calls.map((one) => run(small, one)))).toEqual(expected);
    await small.close();
    const tiny = await RunningBatch.create({ config, weights, threads: 1, cacheBytes: 4096 });
    await expect(run(tiny, call(1, { maxTokens: 40 }))).rejects.toMatchObject({ code: "context-overflow" });
    await tiny.close();
  });
});
