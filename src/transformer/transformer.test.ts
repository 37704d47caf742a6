import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import { wordTokenizer } from "../tokenizer/index.ts";
import type { TransformerConfig } from "./config.ts";
import type { GeneratedSequence } from "./generation.ts";
import { type GenerateOptions, type GenerateRequest, Transformer } from "./transformer.ts";
import { initialWeights, withScalarHead } from "./weights.ts";

const tokenizer = wordTokenizer(["<end>", "soup"], { size: 272 });
const config: TransformerConfig = {
  vocabularySize: 272,
  hiddenSize: 32,
  feedForwardSize: 48,
  layers: 2,
  heads: 4,
  keyValueHeads: 2,
  headSize: 8,
  contextLength: 48,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};
const weights = withScalarHead(config, initialWeights(config, rng(3, "weights"), { embeddingStd: 0.6 }));
const head = weights.get("score.weight")!.data;
const random = rng(4, "requests");
for (let i = 0; i < head.length; i++) head[i] = random.normal();

const randomTokens = (length: number): number[] => Array.from({ length }, () => 1 + random.integer(271));
const requests: GenerateRequest[] = Array.from({ length: 40 }, (_, n) => ({
  id: `r${n}`,
  tokens: randomTokens(1 + random.integer(20)),
  seed: 9,
}));
/** Requests that share a long beginning in groups, as critiques of one response do. */
const scans: GenerateRequest[] = Array.from({ length: 6 }, () => randomTokens(15)).flatMap((prefix, group) =>
  Array.from({ length: 4 }, (_, n) => ({
    id: `s${group}.${n}`,
    tokens: [...prefix, ...randomTokens(2 + random.integer(5))],
    seed: 9,
  })),
);

let model: Transformer;
beforeAll(async () => {
  model = await Transformer.create({ config, weights, tokenizer });
});
afterAll(() => model.dispose());

async function generate(
  asked: readonly GenerateRequest[],
  options: Partial<GenerateOptions> = {},
): Promise<Map<string, GeneratedSequence>> {
  const results = new Map<string, GeneratedSequence>();
  for await (const result of model.generate(asked, { maxTokens: 12, ...options })) results.set(result.id, result);
  return results;
}

describe("Transformer.generate", () => {
  it("gives log-probabilities that equal those of the whole sequence in one pass", async () => {
    const asked = [...requests, ...scans];
    const results = await generate(asked);
    expect(results.size).toBe(asked.length);
    const whole = await model.logprobs(asked.map(({ id, tokens }) => [...tokens, ...results.get(id)!.tokens]));
    for (const [index, { id, tokens }] of asked.entries()) {
      const { logprobs } = results.get(id)!;
      for (const [step, logprob] of logprobs.entries())
        expect(logprob).toBeCloseTo(whole[index]![tokens.length + step]!, 4);
    }
  });
});
