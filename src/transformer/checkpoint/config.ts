import { PreceptError } from "../../errors.ts";

/** The Hugging Face model families that are read and written: each has its own names and defaults for the same mathematics. */
export type Architecture = "llama" | "mistral" | "qwen2" | "qwen3" | "smollm3" | "gemma3_text";

/**
 * How a longer context stretches the rotary frequencies, as in transformers' modeling_rope_utils.py. `originalLength`
 * is the context of pre-training.
 */
export type RopeScaling =
  | { readonly type: "linear"; readonly factor: number }
  | { readonly type: "dynamic"; readonly factor: number }
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalLength: number;
    }
  | {
      readonly type: "yarn";
      readonly factor: number;
      readonly originalLength: number;
      /** Rotations within the original context above which a frequency is kept. */
      readonly betaFast: number;
      /** Rotations below which it is divided by the factor. */
      readonly betaSlow: number;
      /** Multiplies cosine and sine. */
      readonly attentionFactor: number;
      /** Whether the ramp begins and ends at whole channels. */
      readonly truncate: boolean;
    };

/**
 * A Llama-style decoder. The optional fields are what its relatives add; absent, they mean a plain Llama without biases.
 */
export interface TransformerConfig {
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly contextLength: number;
  readonly ropeTheta: number;
  readonly normEpsilon: number;
  /** The output projection is the embedding table. */
  readonly tiedEmbeddings: boolean;
  /** Default "llama". */
  readonly architecture?: Architecture;
  /** Projections of attention that have a bias: queries, keys and values ("qkv"), or all four ("qkvo"). */
  readonly attentionBias?: "qkv" | "qkvo";
  /** Whether the three projections of the feed-forward layer have a bias. */
  readonly mlpBias?: boolean;
  /** RMSNorm over every head's queries and keys before rotation (Henry et al. 2020; Qwen3). */
  readonly qkNorm?: boolean;
  readonly ropeScaling?: RopeScaling | undefined;
  /** Layers whose queries and keys are not rotated (NoPE; Kazemnejad et al. 2023). */
  readonly noRopeLayers?: readonly number[];
  /** A token sees itself and the slidingWindow − 1 tokens before it, in `slidingLayers`. */
  readonly slidingWindow?: number;
  /** Default: all layers, when there is a window. */
  readonly slidingLayers?: readonly number[];
  /** Rotary base of the sliding layers, whose frequencies are not stretched; default: that of all. */
  readonly slidingRopeTheta?: number;
  /** What gates the feed-forward layer: default silu; "gelu" by its tanh approximation (Hendrycks & Gimpel 2016). */
  readonly activation?: "gelu";
  /** What embeddings are multiplied by; default 1. */
  readonly embeddingScale?: number;
  /** What scores of attention are multiplied by; default 1 / sqrt(headSize). */
  readonly attentionScale?: number;
  /** Whether attention and feed-forward layer are normalised after themselves too, before they are added (Gemma 2). */
  readonly sandwichNorms?: boolean;
  /** Whether norms scale by 1 + weight. */
  readonly unitOffsetNorms?: boolean;
}

/** Whether a layer is one of those with a window, however long that is. */
export const slides = ({ slidingWindow, slidingLayers }: TransformerConfig, layer: number): boolean =>
  slidingWindow !== undefined && (slidingLayers === undefined || slidingLayers.includes(layer));

/** The window of a layer, where it has one that is shorter than the context. */
export function windowOf(config: TransformerConfig, layer: number): number | undefined {
  const { slidingWindow, contextLength } = config;
  if (slidingWindow === undefined || slidingWindow >= contextLength) return undefined;
  return slides(config, layer) ? slidingWindow : undefined;
}

/** @throws checkpoint-invalid when sizes are not positive integers, or heads do not divide. */
export function checkConfig(config: TransformerConfig): void {
  const { vocabularySize, hiddenSize, feedForwardSize, layers, heads, keyValueHeads, headSize, contextLength } = config;
  const invalidConfig = (found: string, expected: string): PreceptError =>
    new PreceptError("checkpoint-invalid", { attempted: "Reading a transformer configuration", found, expected });
  const sizes = { vocabularySize, hiddenSize, feedForwardSize, layers, heads, keyValueHeads, headSize, contextLength };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size <= 0) throw invalidConfig(`${name} = ${size}`, "a positive integer");
  }
  if (heads % keyValueHeads !== 0)
    throw invalidConfig(`${heads} heads over ${keyValueHeads} key-value heads`, "a multiple");
  if (headSize % 2 !== 0) throw invalidConfig(`headSize = ${headSize}`, "an even number, for rotary positions");
  const { slidingWindow, slidingLayers = [], noRopeLayers = [], ropeScaling } = config;
  if (slidingWindow !== undefined && !(Number.isInteger(slidingWindow) && slidingWindow > 0)) {
    throw invalidConfig(`slidingWindow = ${slidingWindow}`, "a positive integer");
  }
  const stray = [...slidingLayers, ...noRopeLayers].find(
    (layer) => !(Number.isInteger(layer) && layer >= 0 && layer < layers),
  );
  if (stray !== undefined) throw invalidConfig(`layer ${stray} of ${layers}`, "layers of this model");
  if (ropeScaling?.type === "llama3" && ropeScaling.highFrequencyFactor <= ropeScaling.lowFrequencyFactor) {
    throw invalidConfig("ropeScaling with highFrequencyFactor <= lowFrequencyFactor", "a higher highFrequencyFactor");
  }
  const { slidingRopeTheta, embeddingScale, attentionScale } = config;
  const factors = { ...ropeScaling, slidingRopeTheta, embeddingScale, attentionScale };
  for (const [name, value] of Object.entries(factors)) {
    if (typeof value === "number" && !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      throw invalidConfig(`${name} = ${value}`, "a positive number");
    }
  }
}

/** Floating-point operations of training, per token: 6 N + 12 L T d (Chowdhery et al. 2022, appendix B). */
export function trainingFlopsPerToken(config: TransformerConfig, parameters: number, length: number): number {
  return 6 * parameters + 12 * config.layers * length * config.heads * config.headSize;
}
