import type { Rng } from "../../rng.ts";
import { checkConfig, type TransformerConfig } from "./config.ts";
import { weightShapes } from "./weight-shapes.ts";

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Parameters under their Hugging Face Llama names; "score.weight" (heads, hidden) has the scalar heads, where there are any. */
export type Weights = ReadonlyMap<string, WeightTensor>;

export const SCALAR_HEAD = "score.weight";

export interface InitializationOptions {
  /** Standard deviation of embeddings. */
  readonly embeddingStd?: number;
  /** Standard deviation of projections, at hidden size 768; scaled by sqrt(768 / hidden) so that activations keep their size. */
  readonly projectionStd?: number;
  readonly scalarHead?: boolean;
  /**
   * Default "random". "mimetic": one head of each group asks with the projection that its keys have, and every head writes back what
   * it reads, so that equal tokens attend to one another and are copied from the first step (after Trockman and Kolter 2023).
   */
  readonly attention?: "random" | "mimetic";
}

/**
 * Normal weights, norms that scale by 1, biases at 0; projections that write to the residual stream are scaled by 1/sqrt(2 layers)
 * (Radford et al. 2019 §2.3). The scalar head starts at zero.
 */
export function initialWeights(config: TransformerConfig, random: Rng, options: InitializationOptions = {}): Weights {
  checkConfig(config);
  const { embeddingStd = 0.06, projectionStd = 0.02, scalarHead = false } = options;
  const projection = projectionStd * Math.sqrt(768 / config.hiddenSize);
  const residual = projection / Math.sqrt(2 * config.layers);
  const weights = new Map<string, WeightTensor>();
  for (const [name, shape] of weightShapes(config)) {
    const data = new Float32Array(shape.reduce((product, size) => product * size, 1));
    if (name.endsWith("norm.weight")) data.fill(config.unitOffsetNorms === true ? 0 : 1);
    else if (!name.endsWith(".bias")) {
      const isResidual = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
      const std = name === "model.embed_tokens.weight" ? embeddingStd : isResidual ? residual : projection;
      for (let i = 0; i < data.length; i++) data[i] = std * random.normal();
    }
    weights.set(name, { shape, data });
  }
  if (options.attention === "mimetic") mimicAttention(config, weights, residual / projection);
  return scalarHead ? withScalarHead(config, weights) : weights;
}

function mimicAttention(config: TransformerConfig, weights: Weights, gain: number): void {
  const { hiddenSize, headSize, heads, keyValueHeads, layers } = config;
  const group = heads / keyValueHeads;
  const dataOf = (layer: number, name: string): Float32Array =>
    weights.get(`model.layers.${layer}.self_attn.${name}.weight`)?.data ?? new Float32Array();
  for (let layer = 0; layer < layers; layer++) {
    const [queries, keys, values, output] = ["q_proj", "k_proj", "v_proj", "o_proj"].map((name) => dataOf(layer, name));
    if (!queries || !keys || !values || !output) continue;
    const size = headSize * hiddenSize;
    for (let head = 0; head < keyValueHeads; head++)
      keys.set(queries.subarray(head * group * size, head * group * size + size), head * size);
    for (let head = 0; head < heads; head++)
      for (let row = 0; row < headSize; row++)
        for (let column = 0; column < hiddenSize; column++)
          output[column * heads * headSize + head * headSize + row] =
            gain * (values[(Math.floor(head / group) * headSize + row) * hiddenSize + column] ?? 0);
  }
}

/** The same weights with scalar heads, one unless told otherwise; heads that are there are kept, new ones start at zero. */
export function withScalarHead(config: TransformerConfig, weights: Weights, heads = 1): Weights {
  if (weights.has(SCALAR_HEAD)) return weights;
  const head = { shape: [heads, config.hiddenSize], data: new Float32Array(heads * config.hiddenSize) };
  return new Map([...weights, [SCALAR_HEAD, head]]);
}

/** Names and shapes of parameters. */
export type Shapes = ReadonlyMap<string, Pick<WeightTensor, "shape">>;

/** How many numbers there are, the scalar head included. */
export function parameterCount(weights: Shapes): number {
  const size = (shape: readonly number[]): number => shape.reduce((product, dimension) => product * dimension, 1);
  return [...weights.values()].reduce((count, { shape }) => count + size(shape), 0);
}

/** Whether memory is scarcer than the time to ask for it anew: from 2^25 parameters. */
export const isLarge = (weights: Shapes): boolean => parameterCount(weights) > 2 ** 25;

/** The buffers that hold one tensor each and nothing else. */
export function ownBuffers(weights: Weights): ArrayBuffer[] {
  const buffers = [...weights.values()].map(({ data }) => data);
  return [
    ...new Set(
      buffers.flatMap(({ buffer, byteLength }) =>
        buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
      ),
    ),
  ];
}
