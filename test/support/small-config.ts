import type { TransformerConfig } from "../../src/transformer/index.ts";

const small: TransformerConfig = {
  vocabularySize: 16,
  hiddenSize: 16,
  feedForwardSize: 24,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 8,
  contextLength: 48,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};

/** All that Gemma 3 has beside a Llama, in two layers, of which the first slides. */
export const gemmaChanges: Partial<TransformerConfig> = {
  architecture: "gemma3_text",
  qkNorm: true,
  slidingWindow: 4,
  slidingLayers: [0],
  slidingRopeTheta: 100,
  ropeScaling: { type: "linear", factor: 2 },
  activation: "gelu",
  embeddingScale: 4.5,
  attentionScale: 0.3,
  sandwichNorms: true,
  unitOffsetNorms: true,
};

/** A model small enough for tests: two layers of 16 channels, unless `changes` says otherwise. */
export const smallConfig = (changes: Partial<TransformerConfig> = {}): TransformerConfig => ({ ...small, ...changes });
