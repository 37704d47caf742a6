import { afterAll, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import type { TensorValue } from "../../tensor/onnx.ts";
import { TensorStore } from "../../tensor/session.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { initialAdapter, type LoraAdapter, loraConfig, mergeAdapter } from "../checkpoint/lora.ts";
import { initialWeights, type Weights } from "../checkpoint/weights.ts";
import { Transformer } from "../transformer.ts";
import type { GeneratedSequence } from "./generation.ts";
import { modelWorker, StoredSampler } from "./stored-sampler.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 64 });
const config = smallConfig({
  vocabularySize: 64,
  hiddenSize: 32,
  feedForwardSize: 48,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 32,
  tiedEmbeddings: false,
  attentionBias: "qkv",
  qkNorm: true,
});
const base = initialWeights(config, rng(3), { embeddingStd: 0.5 });
const requests = Array.from({ length: 5 }, (_, n) => ({ id: `r${n}`, tokens: [1 + n, 2, 3 * n + 1], seed: n }));

function makeAdapter(seed: number): LoraAdapter {
  const fresh = initialAdapter(base, loraConfig({ rank: 2 }), rng(seed));
  const random = rng(seed, "b");
  const moved = [...fresh.weights].map(
    ([name, { shape, data }]) => [name, { shape, data: data.map((x) => x + 0.3 * random.normal()) }] as const,
  );
  return { ...fresh, weights: new Map(moved) };
}

const toTensors = (weights: Weights): Record<string, TensorValue> =>
  Object.fromEntries([...weights].map(([name, { shape, data }]) => [name, { dtype: "float32", shape, data }]));

async function sample(sampler: Pick<Transformer, "generate">): Promise<GeneratedSequence[]> {
  const results: GeneratedSequence[] = [];
  for await (const result of sampler.generate(requests, { maxTokens: 12, temperature: 0.7 })) results.push(result);
  return results;
}

/** What merged weights give, up to rounding. */
async function sampleMerged(adapter: LoraAdapter): Promise<unknown[]> {
  const model = await Transformer.create({ config, tokenizer, weights: mergeAdapter(base, adapter) });
  const results = await sample(model);
  await model.dispose();
  return results.map((result) => ({ ...result, logprobs: result.logprobs.map((x) => expect.closeTo(x, 4)) }));
}

const worker = modelWorker();
afterAll(() => worker.terminate());

it("samples from a store as from merged weights, and sees the adapter change", async () => {
  const store = new TensorStore(worker);
  const [first, second] = [makeAdapter(1), makeAdapter(2)];
  await store.write(toTensors(base));
  await store.write(toTensors(first.weights));
  const sampler = await StoredSampler.over(store, { config, tokenizer, weights: base, adapter: first });
  const before = await sample(sampler);
  expect(before).toEqual(await sampleMerged(first));
  await store.write(toTensors(second.weights));
  const after = await sample(sampler);
  expect(after).toEqual(await sampleMerged(second));
  expect(after).not.toEqual(before);
  expect(() => sampler.generate([{ id: "a", tokens: [], seed: 1 }], { maxTokens: 2 })).toThrow("no token");
});
