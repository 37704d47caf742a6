import { z } from "zod";
import type { Architecture } from "./config.ts";

const size = z.int().positive();
const positive = z.number().positive();
export const architectures = [
  "llama",
  "mistral",
  "qwen2",
  "qwen3",
  "smollm3",
  "gemma3_text",
] as const satisfies readonly Architecture[];
const ropeTypes = ["default", "linear", "dynamic", "llama3", "yarn"] as const;

const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: ({ input }) => `${JSON.stringify(input)} is none of ${names.join(", ")}` });
const refuse = (what: string) => z.null({ error: `${what} is not supported` }).optional();

const ropePart = z.object({
  rope_type: oneOf(ropeTypes).nullish(),
  type: oneOf(ropeTypes).nullish(),
  rope_theta: positive.nullish(),
  factor: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  original_max_position_embeddings: size.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  partial_rotary_factor: z.literal(1).nullish(),
});
/** Gemma 3 has one for each kind of layer. */
const ropeFile = ropePart.extend({ full_attention: ropePart.nullish(), sliding_attention: ropePart.nullish() });

/** The fields of transformers' configurations that Precept reads. */
export const configFile = z.object({
  model_type: oneOf(architectures),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  // Names as many as the layers and tables as long as the context are made before anything else could fail.
  num_hidden_layers: size.max(2 ** 12),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  max_position_embeddings: size.max(2 ** 20),
  original_max_position_embeddings: size.nullish(),
  rope_theta: positive.nullish(),
  rope_parameters: ropeFile.nullish(),
  rope_scaling: ropeFile.nullish(),
  partial_rotary_factor: z.literal(1).nullish(),
  rms_norm_eps: positive.default(1e-6),
  tie_word_embeddings: z.boolean().nullish(),
  hidden_act: z.literal("silu").default("silu"),
  hidden_activation: z.literal("gelu_pytorch_tanh").nullish(),
  query_pre_attn_scalar: positive.nullish(),
  rope_local_base_freq: positive.nullish(),
  sliding_window_pattern: size.nullish(),
  attn_logit_softcapping: refuse("capping of attention's scores"),
  final_logit_softcapping: refuse("capping of the logits"),
  use_bidirectional_attention: z.literal(false, "attention in both directions is not supported").nullish(),
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
  sliding_window: size.nullish(),
  use_sliding_window: z.boolean().nullish(),
  max_window_layers: z.int().nonnegative().nullish(),
  layer_types: z.array(oneOf(["full_attention", "sliding_attention"])).nullish(),
  no_rope_layers: z.array(z.int()).nullish(),
  no_rope_layer_interval: size.nullish(),
  quantization_config: refuse("a quantized checkpoint"),
});
export type ConfigFile = z.infer<typeof configFile>;
