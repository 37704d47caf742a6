import { PreceptError } from "../errors.ts";

/** A Llama-style decoder; one to one with the fields of a Hugging Face LlamaConfig. */
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
}

/** @throws checkpoint-invalid when sizes are not positive integers, or heads do not divide. */
export function checkConfig(config: TransformerConfig): void {
  const { vocabularySize, hiddenSize, feedForwardSize, layers, heads, keyValueHeads, headSize, contextLength } = config;
  const invalid = (found: string, expected: string): PreceptError =>
    new PreceptError("checkpoint-invalid", { attempted: "Reading a transformer configuration", found, expected });
  const sizes = { vocabularySize, hiddenSize, feedForwardSize, layers, heads, keyValueHeads, headSize, contextLength };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size <= 0) throw invalid(`${name} = ${size}`, "a positive integer");
  }
  if (heads % keyValueHeads !== 0) throw invalid(`${heads} heads over ${keyValueHeads} key-value heads`, "a multiple");
  if (headSize % 2 !== 0) throw invalid(`headSize = ${headSize}`, "an even number, for rotary positions");
}

/** Floating-point operations of one training step a token: 6 N + 12 L T d (Chowdhery et al. 2022, appendix B). */
export function trainingFlopsPerToken(config: TransformerConfig, parameters: number, length: number): number {
  return 6 * parameters + 12 * config.layers * length * config.heads * config.headSize;
}
