import type { TransformerConfig } from "./config.ts";

/** Whether a projection of a layer ("self_attn.q_proj", "mlp.up_proj") has a bias. */
export function hasBias({ attentionBias, mlpBias = false }: TransformerConfig, name: string): boolean {
  if (name.startsWith("mlp.")) return mlpBias;
  return attentionBias === "qkvo" || (attentionBias === "qkv" && name !== "self_attn.o_proj");
}

/** Every tensor of a model by its Hugging Face name, with its shape; matrices are (out, in). */
export function weightShapes(config: TransformerConfig): ReadonlyMap<string, readonly number[]> {
  const { vocabularySize: V, hiddenSize: C, feedForwardSize: F, heads, keyValueHeads, headSize } = config;
  const shapes = new Map<string, readonly number[]>([["model.embed_tokens.weight", [V, C]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const put = (part: string, shape: readonly number[]): void => {
      shapes.set(`model.layers.${layer}.${part}`, shape);
    };
    const projection = (part: string, out: number, width: number): void => {
      put(`${part}.weight`, [out, width]);
      if (hasBias(config, part)) put(`${part}.bias`, [out]);
    };
    put("input_layernorm.weight", [C]);
    projection("self_attn.q_proj", heads * headSize, C);
    projection("self_attn.k_proj", keyValueHeads * headSize, C);
    projection("self_attn.v_proj", keyValueHeads * headSize, C);
    projection("self_attn.o_proj", C, heads * headSize);
    if (config.qkNorm === true) {
      put("self_attn.q_norm.weight", [headSize]);
      put("self_attn.k_norm.weight", [headSize]);
    }
    put("post_attention_layernorm.weight", [C]);
    if (config.sandwichNorms === true) {
      put("pre_feedforward_layernorm.weight", [C]);
      put("post_feedforward_layernorm.weight", [C]);
    }
    projection("mlp.gate_proj", F, C);
    projection("mlp.up_proj", F, C);
    projection("mlp.down_proj", C, F);
  }
  shapes.set("model.norm.weight", [C]);
  if (!config.tiedEmbeddings) shapes.set("lm_head.weight", [V, C]);
  return shapes;
}
