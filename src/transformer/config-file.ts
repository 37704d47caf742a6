import { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { TransformerConfig } from "./config.ts";
import type { StorageType } from "./safetensors.ts";

const size = z.int().positive();

/** The fields of Hugging Face's LlamaConfig that Precept reads, with its defaults. */
const llamaConfig = z.object({
  model_type: z.literal("llama"),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rope_theta: z.number().positive().nullish(),
  rope_parameters: z.object({ rope_theta: z.number().positive(), rope_type: z.literal("default").nullish() }).nullish(),
  rope_scaling: z.null().optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(false),
  hidden_act: z.literal("silu").default("silu"),
  attention_bias: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

export interface ConfigFileOptions {
  readonly storage: StorageType;
  readonly endToken: number;
  /** With a `score.weight` the folder is a LlamaForSequenceClassification with one label. */
  readonly scalarHead: boolean;
}

/** The content of a `config.json`. */
export function formatConfig(config: TransformerConfig, options: ConfigFileOptions): string {
  const file = {
    architectures: [options.scalarHead ? "LlamaForSequenceClassification" : "LlamaForCausalLM"],
    attention_bias: false,
    attention_dropout: 0,
    eos_token_id: options.endToken,
    head_dim: config.headSize,
    hidden_act: "silu",
    hidden_size: config.hiddenSize,
    intermediate_size: config.feedForwardSize,
    max_position_embeddings: config.contextLength,
    mlp_bias: false,
    model_type: "llama",
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.keyValueHeads,
    ...(options.scalarHead ? { num_labels: 1 } : {}),
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tiedEmbeddings,
    torch_dtype: options.storage,
    vocab_size: config.vocabularySize,
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** @throws PreceptError checkpoint-invalid, naming every field that is wrong. */
export function parseConfig(text: string, path = "config.json"): TransformerConfig {
  const fail = (found: string, cause?: unknown): PreceptError =>
    new PreceptError("checkpoint-invalid", {
      attempted: `Reading the model configuration ${path}`,
      found,
      expected: "a Llama configuration without biases or RoPE scaling",
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail("text that is not JSON", cause);
  }
  const parsed = llamaConfig.safeParse(json);
  if (!parsed.success)
    throw fail(
      parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; "),
      parsed.error,
    );
  const file = parsed.data;
  const keyValueHeads = file.num_key_value_heads ?? file.num_attention_heads;
  if (file.num_attention_heads % keyValueHeads !== 0) {
    throw fail(`${file.num_attention_heads} heads over ${keyValueHeads} key-value heads, which does not come out even`);
  }
  const headSize = file.head_dim ?? file.hidden_size / file.num_attention_heads;
  if (!Number.isInteger(headSize) || headSize % 2 !== 0)
    throw fail(`a head of ${headSize} channels, where RoPE needs an even number`);
  return {
    vocabularySize: file.vocab_size,
    hiddenSize: file.hidden_size,
    feedForwardSize: file.intermediate_size,
    layers: file.num_hidden_layers,
    heads: file.num_attention_heads,
    keyValueHeads,
    headSize,
    contextLength: file.max_position_embeddings,
    ropeTheta: file.rope_theta ?? file.rope_parameters?.rope_theta ?? 10000,
    normEpsilon: file.rms_norm_eps,
    tiedEmbeddings: file.tie_word_embeddings,
  };
}
