import { describe, expect, it } from "vitest";
import { PreceptError } from "../../errors.ts";
import type { TransformerConfig } from "./config.ts";
import { type ConfigFileOptions, formatConfig, parseConfig } from "./config-file.ts";

const base = {
  vocab_size: 64,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 6,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 128,
};
const parse = (fields: Readonly<Record<string, unknown>>): TransformerConfig =>
  parseConfig(JSON.stringify({ ...base, ...fields }));
const options: ConfigFileOptions = { storage: "float32", stopTokens: [2], scalarHeads: 0 };

describe("parseConfig", () => {
  it("takes transformers' defaults for what a family leaves out", () => {
    expect(parse({ model_type: "llama" })).toEqual({
      vocabularySize: 64,
      hiddenSize: 32,
      feedForwardSize: 48,
      layers: 6,
      heads: 4,
      keyValueHeads: 2,
      headSize: 8,
      contextLength: 128,
      ropeTheta: 10000,
      normEpsilon: 1e-6,
      tiedEmbeddings: false,
    });
    expect(parse({ model_type: "llama", num_key_value_heads: null })).toMatchObject({ keyValueHeads: 4 });
    expect(parse({ model_type: "mistral" })).toMatchObject({ slidingWindow: 4096 });
    expect(parse({ model_type: "mistral", sliding_window: null })).not.toHaveProperty("slidingWindow");
    expect(parse({ model_type: "qwen2" })).toMatchObject({ attentionBias: "qkv" });
    expect(parse({ model_type: "qwen3" })).toMatchObject({ headSize: 128, qkNorm: true });
    expect(parse({ model_type: "smollm3" })).toMatchObject({
      ropeTheta: 2_000_000,
      tiedEmbeddings: true,
      noRopeLayers: [3],
    });
  });

  it("finds the layers with a window or without RoPE", () => {
    const qwen = { model_type: "qwen2", sliding_window: 16, max_window_layers: 4 };
    expect(parse(qwen)).not.toHaveProperty("slidingWindow");
    expect(parse({ ...qwen, use_sliding_window: true })).toMatchObject({ slidingWindow: 16, slidingLayers: [4, 5] });
    const types = ["sliding", "full", "full", "full", "sliding", "full"].map((type) => `${type}_attention`);
    expect(parse({ ...qwen, use_sliding_window: true, layer_types: types })).toMatchObject({ slidingLayers: [0, 4] });
    const smol = { model_type: "smollm3", no_rope_layers: [1, 0, 1, 1, 0, 1] };
    expect(parse(smol)).toMatchObject({ noRopeLayers: [1, 4] });
    expect(parse({ ...smol, use_sliding_window: true, sliding_window: 8 })).toMatchObject({ slidingLayers: [1, 4] });
  });

  it("reads Gemma 3 in the words of its own files and of transformers 5", () => {
    const gemma = { model_type: "gemma3_text", head_dim: 16, query_pre_attn_scalar: 16, sliding_window: 8 };
    const expected = {
      activation: "gelu",
      architecture: "gemma3_text",
      embeddingScale: Math.sqrt(32),
      qkNorm: true,
      ropeScaling: { type: "linear", factor: 8 },
      ropeTheta: 1e6,
      sandwichNorms: true,
      slidingLayers: [0, 1, 3, 4],
      slidingRopeTheta: 2e4,
      tiedEmbeddings: true,
      unitOffsetNorms: true,
    };
    const rope_scaling = { rope_type: "linear", factor: 8 };
    const old = parse({
      ...gemma,
      sliding_window_pattern: 3,
      rope_theta: 1e6,
      rope_local_base_freq: 2e4,
      rope_scaling,
    });
    expect(old).toMatchObject(expected);
    expect(old).not.toHaveProperty("attentionScale");
    const layer_types = [0, 1, 2, 3, 4, 5].map((layer) => (layer % 3 === 2 ? "full_attention" : "sliding_attention"));
    const rope_parameters = {
      full_attention: { ...rope_scaling, rope_theta: 1e6 },
      sliding_attention: { rope_type: "default", rope_theta: 2e4 },
    };
    expect(parse({ ...gemma, layer_types, rope_parameters })).toEqual(old);
    expect(parse({ ...gemma, query_pre_attn_scalar: 25 })).toMatchObject({
      attentionScale: 0.2,
      slidingRopeTheta: 1e4,
    });
    expect(parse({ model_type: "gemma3_text" })).toMatchObject({ headSize: 256, slidingLayers: [0, 1, 2, 3, 4] });
  });

  it("reads RoPE scaling in the old words and the new", () => {
    const llama3 = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 32 };
    const expected = { type: "llama3", factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 32 };
    expect(
      parse({ model_type: "llama", rope_theta: 5e5, rope_scaling: { ...llama3, rope_type: "llama3" } }),
    ).toMatchObject({ ropeTheta: 5e5, ropeScaling: expected });
    const parameters = { ...llama3, rope_type: "llama3", rope_theta: 5e5 };
    expect(parse({ model_type: "llama", rope_parameters: parameters })).toMatchObject({
      ropeTheta: 5e5,
      ropeScaling: expected,
    });
    expect(parse({ model_type: "llama", rope_scaling: { type: "linear", factor: 4 } }).ropeScaling).toEqual({
      type: "linear",
      factor: 4,
    });
    expect(parse({ model_type: "llama", rope_scaling: { rope_type: "default" } }).ropeScaling).toBeUndefined();
    expect(parse({ model_type: "qwen2", rope_scaling: { type: "yarn", factor: 4 } }).ropeScaling).toEqual({
      type: "yarn",
      factor: 4,
      originalLength: 128,
      betaFast: 32,
      betaSlow: 1,
      attentionFactor: 0.1 * Math.log(4) + 1,
      truncate: true,
    });
  });

  it.each([
    [{ model_type: "gpt2" }, /model_type: "gpt2" is none of llama, mistral, qwen2, qwen3, smollm3/],
    [{}, /model_type/],
    [{ model_type: "llama", quantization_config: { bits: 4 } }, /a quantized checkpoint is not supported/],
    [{ model_type: "llama", hidden_act: "gelu" }, /hidden_act/],
    [{ model_type: "llama", rope_scaling: { type: "longrope", factor: 2 } }, /"longrope" is none of/],
    [{ model_type: "llama", rope_scaling: { type: "llama3", factor: 2 } }, /rope_scaling: no low_freq_factor/],
    [{ model_type: "llama", partial_rotary_factor: 0.5 }, /partial_rotary_factor/],
    [{ model_type: "llama", num_key_value_heads: 3 }, /4 heads over 3/],
    [{ model_type: "llama", head_dim: 7 }, /head of 7/],
    [{ model_type: "llama", hidden_size: 1e300 }, /hidden_size/],
    [{ model_type: "llama", num_hidden_layers: 1e9 }, /num_hidden_layers: Too big/],
    [{ model_type: "llama", max_position_embeddings: 2 ** 31 }, /max_position_embeddings: Too big/],
    [{ model_type: "smollm3", no_rope_layers: [1, 0] }, /no_rope_layers of 2 for 6/],
    [{ model_type: "qwen3", layer_types: ["linear_attention"] }, /"linear_attention" is none of/],
  ])("refuses %j", (fields, message) => {
    expect(() => parse(fields)).toThrow(PreceptError);
    expect(() => parse(fields)).toThrow(message);
  });
});

describe("formatConfig", () => {
  it.each([
    { model_type: "llama", attention_bias: true, mlp_bias: true, rope_scaling: { type: "dynamic", factor: 2 } },
    { model_type: "mistral", sliding_window: 16, head_dim: 16, tie_word_embeddings: true },
    { model_type: "mistral", sliding_window: null, rope_scaling: { type: "linear", factor: 2 } },
    { model_type: "qwen2", use_sliding_window: true, sliding_window: 8, max_window_layers: 2 },
    { model_type: "qwen3", attention_bias: true, rope_scaling: { type: "yarn", factor: 2, truncate: false } },
    {
      model_type: "gemma3_text",
      query_pre_attn_scalar: 40,
      sliding_window: 8,
      rope_scaling: { type: "linear", factor: 2 },
    },
    { model_type: "smollm3", no_rope_layers: [0, 1, 1, 0, 1, 1], use_sliding_window: true, sliding_window: 8 },
  ])("writes what parseConfig reads: %j", (fields) => {
    const config = parse(fields);
    const text = formatConfig(config, options);
    expect(parseConfig(text)).toEqual(config);
    expect(JSON.parse(text)).toMatchObject({ model_type: fields.model_type, eos_token_id: 2 });
  });

  it("names the class and the tokens", () => {
    const config = parse({ model_type: "qwen3" });
    const text = formatConfig(config, { ...options, scalarHeads: 3, stopTokens: [2, 5], startToken: 1, padToken: 0 });
    expect(JSON.parse(text)).toMatchObject({
      architectures: ["Qwen3ForSequenceClassification"],
      bos_token_id: 1,
      eos_token_id: [2, 5],
      pad_token_id: 0,
      num_labels: 3,
    });
  });

  it("refuses a model that its family does not have", () => {
    const config = parse({ model_type: "llama" });
    expect(() => formatConfig({ ...config, qkNorm: true }, options)).toThrow(/qkNorm, which a llama does not have/);
    expect(() => formatConfig({ ...config, architecture: "mistral", mlpBias: true }, options)).toThrow(/mlpBias/);
    expect(() => formatConfig({ ...config, slidingWindow: 16 }, options)).toThrow(/slidingWindow/);
    expect(() => formatConfig({ ...config, architecture: "qwen2" }, options)).toThrow(/attentionBias/);
  });
});
