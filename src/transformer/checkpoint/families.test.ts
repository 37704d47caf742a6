import { describe, expect, it } from "vitest";
import { referenceHidden, referenceLogprob } from "../../../test/support/reference-transformer.ts";
import { gemmaChanges, smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { Transformer } from "../transformer.ts";
import type { TransformerConfig } from "./config.ts";
import { initialWeights } from "./weights.ts";

const tokenizer = wordTokenizer(["<end>"], { size: 260 });
const base = smallConfig({
  vocabularySize: 260,
  hiddenSize: 24,
  feedForwardSize: 16,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 40,
  ropeTheta: 500,
});
const variants: Readonly<Record<string, Partial<TransformerConfig>>> = {
  "Qwen2's biases": { architecture: "qwen2", attentionBias: "qkv", tiedEmbeddings: false },
  "Qwen3's norms": { architecture: "qwen3", qkNorm: true },
  "SmolLM3's layer without RoPE, biases everywhere": {
    architecture: "smollm3",
    noRopeLayers: [0],
    attentionBias: "qkvo",
    mlpBias: true,
  },
  "Mistral's window": { architecture: "mistral", slidingWindow: 5 },
  "all that Gemma 3 has": gemmaChanges,
  "a window in one layer, linear scaling": {
    architecture: "qwen2",
    attentionBias: "qkv",
    slidingWindow: 3,
    slidingLayers: [1],
    ropeScaling: { type: "linear", factor: 4 },
  },
};

describe.each(Object.entries(variants))("a model with %s", (_, variant) => {
  const config = { ...base, ...variant };
  const weights = initialWeights(config, rng(1, "families"), { embeddingStd: 0.5 });
  for (const [name, { data }] of weights) {
    const random = rng(2, name);
    for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) + 0.2 * random.normal();
  }
  const parameters = new Map([...weights].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const reference = (tokens: readonly number[]): number[] => {
    const hidden = referenceHidden(
      config,
      parameters,
      tokens,
      tokens.map(() => 1),
    );
    return tokens.map((token, t) => {
      const before = hidden[t - 1];
      return before === undefined ? 0 : referenceLogprob(config, parameters, before, token);
    });
  };

  it("scores and samples as the float64 reference does, with cached and with shared beginnings", async () => {
    const random = rng(3, "prompts");
    const draw = (length: number): number[] => Array.from({ length }, () => 1 + random.integer(259));
    const prefix = draw(16);
    const prompts = [draw(1), draw(7), ...Array.from({ length: 3 }, () => [...prefix, ...draw(2)])];
    const transformer = await Transformer.create({ config, weights, tokenizer });
    try {
      const requests = prompts.map((tokens, n) => ({ id: `${n}`, tokens, seed: 4 }));
      for await (const { id, tokens, logprobs } of transformer.generate(requests, { maxTokens: 9, stopTokens: [] })) {
        const prompt = prompts[Number(id)] ?? [];
        const expected = reference([...prompt, ...tokens]);
        expect(tokens).toHaveLength(9);
        for (const [step, logprob] of logprobs.entries())
          expect(logprob).toBeCloseTo(expected[prompt.length + step]!, 4);
        const [scored] = await transformer.logprobs([[...prompt, ...tokens]]);
        for (const [t, logprob] of scored!.entries()) expect(logprob).toBeCloseTo(expected[t]!, 4);
      }
    } finally {
      await transformer.dispose();
    }
  });
});
