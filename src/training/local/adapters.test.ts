import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { TensorStore } from "../../tensor/session.ts";
import { loadCheckpoint } from "../../transformer/checkpoint/checkpoint.ts";
import { initialAdapter, type LoraAdapter, loraConfig, mergeAdapter } from "../../transformer/checkpoint/lora.ts";
import { packDocuments } from "./batching.ts";
import { tinyCheckpoint } from "./tiny.test-support.ts";
import { storeWeights, TokenScorer } from "./token-scorer.ts";

describe("several adapters over one base in memory", () => {
  it("score as their merged weights do, while the store holds the base once", async () => {
    const { config, weights, tokenizer } = await loadCheckpoint(await tinyCheckpoint());
    const shape = { batch: 2, length: 16 };
    const readings = ["logprobs"] as const;
    const stirred = (seed: number): LoraAdapter => {
      const fresh = initialAdapter(weights, loraConfig({ rank: 2 }), rng(seed));
      const random = rng(seed, "b");
      const moved = [...fresh.weights].map(
        ([name, { shape: own, data }]) =>
          [name, { shape: own, data: data.map((x) => x + 0.2 * random.normal()) }] as const,
      );
      return { ...fresh, weights: new Map(moved) };
    };
    const tokens = tokenizer.encode("<user> say red <asst> yes red . <end>");
    const [batch] = packDocuments([{ tokens, weights: tokens.map(() => 1) }], shape) as [never];
    const read = async (scorer: TokenScorer): Promise<number[]> => {
      const { logprobs = [] } = await scorer.read(batch);
      await scorer.dispose();
      return [...logprobs].slice(0, tokens.length - 1);
    };
    const store = new TensorStore();
    await storeWeights(store, weights);
    const [policy, older] = [stirred(1), stirred(2)];
    await storeWeights(store, policy.weights);
    await storeWeights(store, older.weights, "older/");
    const over = { config, weights, shape, readings };
    const shared = [
      await read(await TokenScorer.over(store, over)),
      await read(await TokenScorer.over(store, { ...over, adapter: policy })),
      await read(await TokenScorer.over(store, { ...over, adapter: older, adapterPrefix: "older/" })),
    ];
    await store.dispose();
    const apart = [weights, mergeAdapter(weights, policy), mergeAdapter(weights, older)];
    for (const [i, own] of apart.entries()) {
      const alone = await read(await TokenScorer.create({ ...over, weights: own }));
      expect(shared[i]).toEqual(alone.map((x) => expect.closeTo(x, 4)));
    }
    expect(shared[1]).not.toEqual(shared[2]);
  });
});
