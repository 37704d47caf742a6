import type { Architecture } from "../config.ts";

/** GGUF's names of a layer's parts (after "blk.N."), as Hugging Face has them. */
const layerParts: Readonly<Record<string, string>> = {
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};
/** Gemma 3 has a norm before and one after each half of a layer. */
const gemmaParts: Readonly<Record<string, string>> = {
  ...layerParts,
  post_attention_norm: "post_attention_layernorm",
  ffn_norm: "pre_feedforward_layernorm",
  post_ffw_norm: "post_feedforward_layernorm",
};
const outerNames: Readonly<Record<string, string>> = {
  "token_embd.weight": "model.embed_tokens.weight",
  "output_norm.weight": "model.norm.weight",
  "output.weight": "lm_head.weight",
};

/** What scales RoPE's frequencies (Llama 3); read as part of the configuration. */
export const ROPE_FACTORS = "rope_freqs.weight";

/** The Hugging Face name of a tensor; undefined for one that is not known. */
export function huggingFaceName(name: string, architecture: Architecture | undefined): string | undefined {
  const [, layer, part = "", kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (layer === undefined) return outerNames[name];
  const known = (architecture === "gemma3_text" ? gemmaParts : layerParts)[part];
  return known === undefined ? undefined : `model.layers.${layer}.${known}.${kind}`;
}
