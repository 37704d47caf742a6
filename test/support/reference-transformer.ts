import type { TransformerConfig } from "../../src/transformer/checkpoint/config.ts";

/** Parameters in float64, row-major, under their Hugging Face names. */
export type Parameters64 = ReadonlyMap<string, Float64Array>;

const dot = (a: ArrayLike<number>, aStart: number, b: ArrayLike<number>, bStart: number, size: number): number => {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += (a[aStart + i] as number) * (b[bStart + i] as number);
  return sum;
};

/** weight (out, in) @ x */
const project = (weight: Float64Array, x: Float64Array): Float64Array =>
  Float64Array.from({ length: weight.length / x.length }, (_, row) => dot(weight, row * x.length, x, 0, x.length));

function normalize(x: Float64Array, scale: Float64Array, config: TransformerConfig): Float64Array {
  const rms = Math.sqrt(dot(x, 0, x, 0, x.length) / x.length + config.normEpsilon);
  const offset = config.unitOffsetNorms === true ? 1 : 0;
  return x.map((value, i) => (value / rms) * (offset + (scale[i] as number)));
}

const silu = (x: number): number => x / (1 + Math.exp(-x));
const gelu = (x: number): number => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Linear position interpolation; the other scalings are compared with transformers itself. */
function stretch(frequency: number, scaling: TransformerConfig["ropeScaling"]): number {
  if (scaling === undefined) return frequency;
  if (scaling.type === "linear") return frequency / scaling.factor;
  throw new Error(`The reference does not know ${scaling.type}`);
}

/** rotate_half of transformers' modeling_llama.py: x cos + (−x₂, x₁) sin, head by head. */
function rotate(x: Float64Array, position: number, config: TransformerConfig, slides: boolean): Float64Array {
  const { headSize, slidingRopeTheta } = config;
  const isLocal = slides && slidingRopeTheta !== undefined;
  const theta = isLocal ? slidingRopeTheta : config.ropeTheta;
  const half = headSize / 2;
  return x.map((value, i) => {
    const j = i % headSize;
    const angle =
      position * stretch(1 / theta ** ((2 * (j % half)) / headSize), isLocal ? undefined : config.ropeScaling);
    const partner = j < half ? -(x[i + half] as number) : (x[i - half] as number);
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });
}

const plus = (a: Float64Array, b: Float64Array): Float64Array => a.map((value, i) => value + (b[i] as number));

/**
 * Llama's forward pass for one row, loop by loop in float64, written from the Hugging Face model and sharing nothing
 * with the graph. Returns the final hidden state of every position; `onSite` is told of the states within, by
 * TransformerLens's names.
 */
export function referenceHidden(
  config: TransformerConfig,
  parameters: Parameters64,
  tokens: readonly number[],
  segments: readonly number[],
  onSite: (site: string, position: number, value: Float64Array) => void = () => undefined,
): Float64Array[] {
  const { hiddenSize, headSize, heads, keyValueHeads, attentionScale = 1 / Math.sqrt(headSize) } = config;
  const weight = (name: string): Float64Array => parameters.get(name) as Float64Array;
  let states: Float64Array[] = tokens.map((token) =>
    weight("model.embed_tokens.weight")
      .slice(token * hiddenSize, (token + 1) * hiddenSize)
      .map((x) => x * (config.embeddingScale ?? 1)),
  );
  for (let layer = 0; layer < config.layers; layer++) {
    const own = (name: string): Float64Array => weight(`model.layers.${layer}.${name}.weight`);
    const applyProjection = (name: string, x: Float64Array): Float64Array => {
      const bias = parameters.get(`model.layers.${layer}.${name}_proj.bias`);
      const y = project(own(`${name}_proj`), x);
      return bias === undefined ? y : plus(y, bias);
    };
    const slides = config.slidingWindow !== undefined && (config.slidingLayers?.includes(layer) ?? true);
    const place = (name: "q" | "k", x: Float64Array, t: number): Float64Array => {
      let y = applyProjection(`self_attn.${name}`, x);
      if (config.qkNorm === true) {
        const scale = own(`self_attn.${name}_norm`);
        const blocks = Array.from({ length: y.length / headSize }, (_, head) => [
          ...normalize(y.slice(head * headSize, (head + 1) * headSize), scale, config),
        ]);
        y = Float64Array.from(blocks.flat());
      }
      return config.noRopeLayers?.includes(layer) ? y : rotate(y, t, config, slides);
    };
    /** A norm before a half of the layer, or after it. */
    const norm = (name: string, x: Float64Array): Float64Array => normalize(x, own(`${name}_layernorm`), config);
    const after = (name: string, x: Float64Array): Float64Array => (config.sandwichNorms === true ? norm(name, x) : x);
    const window = slides ? (config.slidingWindow ?? tokens.length) : tokens.length;
    const normal = states.map((x) => norm("input", x));
    const queries = normal.map((x, t) => place("q", x, t));
    const keys = normal.map((x, t) => place("k", x, t));
    const values = normal.map((x) => applyProjection("self_attn.v", x));
    states = states.map((state, t) => {
      const site = (name: string, value: Float64Array): Float64Array => {
        onSite(`blocks.${layer}.hook_${name}`, t, value);
        return value;
      };
      site("resid_pre", state);
      const mixed = new Float64Array(heads * headSize);
      for (let head = 0; head < heads; head++) {
        const from = Math.floor(head / (heads / keyValueHeads)) * headSize;
        const visible = tokens.map((_, s) => s).filter((s) => s <= t && t - s < window && segments[s] === segments[t]);
        const powers = visible.map((s) =>
          Math.exp(
            attentionScale * dot(queries[t] as Float64Array, head * headSize, keys[s] as Float64Array, from, headSize),
          ),
        );
        const total = powers.reduce((a, b) => a + b);
        for (const [index, s] of visible.entries()) {
          for (let i = 0; i < headSize; i++) {
            mixed[head * headSize + i] =
              (mixed[head * headSize + i] as number) +
              ((powers[index] as number) / total) * ((values[s] as Float64Array)[from + i] as number);
          }
        }
      }
      const mixture = after("post_attention", applyProjection("self_attn.o", mixed));
      const attended = site("resid_mid", plus(state, site("attn_out", mixture)));
      const inner = norm(config.sandwichNorms === true ? "pre_feedforward" : "post_attention", attended);
      const up = applyProjection("mlp.up", inner);
      const activate = config.activation === "gelu" ? gelu : silu;
      const gated = applyProjection("mlp.gate", inner).map((gate, i) => activate(gate) * (up[i] as number));
      onSite(`blocks.${layer}.mlp.hook_post`, t, gated);
      const thought = after("post_feedforward", applyProjection("mlp.down", gated));
      return site("resid_post", plus(attended, site("mlp_out", thought)));
    });
  }
  return states.map((state) => normalize(state, weight("model.norm.weight"), config));
}

/** log P(target) after a hidden state. */
export function referenceLogprob(
  config: TransformerConfig,
  parameters: Parameters64,
  hidden: Float64Array,
  target: number,
): number {
  const head = parameters.get(config.tiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight") as Float64Array;
  const scores = project(head, hidden);
  return (scores[target] as number) - Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
}
