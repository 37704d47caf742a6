import { layerOf, type Site, type Transformer } from "../../transformer/index.ts";

export interface LogitEffect {
  readonly token: string;
  /** Change of the logit for a unit of the feature, along the direct path, less the mean over the vocabulary. */
  readonly effect: number;
}

const COUNT = 8;

/**
 * What a direction at a site adds to each token's logit by the direct path: through the down projection where it stands before it,
 * then the final norm's weight and the output matrix. The norm's own division is left out, as it is the same for all tokens.
 */
export function logitEffects(
  model: Transformer,
  site: Site,
  direction: Float32Array,
): { readonly up: readonly LogitEffect[]; readonly down: readonly LogitEffect[] } {
  const { config, weights, tokenizer } = model;
  const { hiddenSize, vocabularySize } = config;
  const read = (name: string): Float32Array => weights.get(name)?.data ?? new Float32Array();
  const layer = layerOf(site, config) ?? 0;
  const residual = site.endsWith(".mlp.hook_post")
    ? multiply(read(`model.layers.${layer}.mlp.down_proj.weight`), direction, hiddenSize)
    : direction;
  const norm = read("model.norm.weight");
  const offset = config.unitOffsetNorms === true ? 1 : 0;
  const scaled = residual.map((x, i) => x * (norm[i]! + offset));
  const matrix = read(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight");
  const logits = multiply(matrix, scaled, vocabularySize);
  const mean = logits.reduce((sum, x) => sum + x, 0) / logits.length;
  const order = [...logits.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b);
  const firstOf = (ids: readonly number[]): LogitEffect[] => {
    const effects: LogitEffect[] = [];
    for (const id of ids) {
      const token = tokenizer.decode([id]).trim();
      if (isReadable(token)) effects.push({ token, effect: logits[id]! - mean });
      if (effects.length === COUNT) break;
    }
    return effects;
  };
  return { up: firstOf(order), down: firstOf(order.toReversed()) };
}

/** Single bytes of a sign and places for words to come tell nobody anything. */
const isReadable = (token: string): boolean => token !== "" && !/[\uFFFD\p{C}]|^<unused\d+>$/u.test(token);

/** matrix (rows, W) · vector (W). */
function multiply(matrix: Float32Array, vector: Float32Array, rows: number): Float32Array {
  const { length: width } = vector;
  return Float32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += matrix[row * width + i]! * vector[i]!;
    return sum;
  });
}
