import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { harborConfig } from "../../src/project/harbor/pretrain.ts";
import { rng } from "../../src/rng.ts";
import { wordTokenizer } from "../../src/tokenizer/index.ts";
import { saveCheckpoint } from "../../src/transformer/checkpoint/checkpoint.ts";
import type { TransformerConfig } from "../../src/transformer/checkpoint/config.ts";
import { initialAdapter, loraConfig } from "../../src/transformer/checkpoint/lora.ts";
import { saveAdapter } from "../../src/transformer/checkpoint/lora-folder.ts";
import { initialWeights, parameterCount } from "../../src/transformer/checkpoint/weights.ts";
import { pretrainingPlans } from "../../src/worlds/harbor/index.ts";
import { encodeGguf } from "./gguf.ts";

const llama = (
  layers: number,
  hiddenSize: number,
  heads: number,
  feedForwardSize: number,
  vocabularySize: number,
  rest: Partial<TransformerConfig> = {},
): TransformerConfig => ({
  layers,
  hiddenSize,
  heads,
  feedForwardSize,
  vocabularySize,
  keyValueHeads: heads,
  headSize: hiddenSize / heads,
  contextLength: 512,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
  ...rest,
});

export interface BenchmarkModel {
  readonly config: TransformerConfig;
  /** Rows, and tokens per row, of a training step. */
  readonly batch: number;
  readonly length: number;
}

/** The models of the comparison, by name. 0.9M is harbor's, 135M has SmolLM2-135M's shape; weights are random. */
export const benchmarkModels = {
  "0.9M": { config: { ...harborConfig(pretrainingPlans.committed), contextLength: 512 }, batch: 8, length: 256 },
  "4.5M": { config: llama(4, 256, 4, 768, 4096), batch: 8, length: 256 },
  "14M": { config: llama(6, 384, 6, 1152, 6144), batch: 8, length: 256 },
  "135M": { config: llama(30, 576, 9, 1536, 49_152, { keyValueHeads: 3, ropeTheta: 100_000 }), batch: 2, length: 256 },
} as const satisfies Record<string, BenchmarkModel>;

export type ModelName = keyof typeof benchmarkModels;
export const modelNames = Object.keys(benchmarkModels) as ModelName[];

/** A linear layer of a training step: x (rows, inner) to (rows, outer), so many times. */
export interface LinearShape {
  readonly rows: number;
  readonly inner: number;
  readonly outer: number;
  readonly count: number;
}

/** All linear layers of a step over so many tokens, the output projection among them. */
export function linearShapes(config: TransformerConfig, rows: number): LinearShape[] {
  const { hiddenSize, feedForwardSize, heads, keyValueHeads, headSize, layers, vocabularySize } = config;
  const [all, shared] = [heads * headSize, keyValueHeads * headSize];
  const shape = (inner: number, outer: number, count: number): LinearShape => ({ rows, inner, outer, count });
  return [
    shape(hiddenSize, all, layers),
    shape(hiddenSize, shared, 2 * layers),
    shape(all, hiddenSize, layers),
    shape(hiddenSize, feedForwardSize, 2 * layers),
    shape(feedForwardSize, hiddenSize, layers),
    shape(hiddenSize, vocabularySize, 1),
  ];
}

/** Batches that all contenders train on, in turn. */
export const BATCHES = 20;

export interface Prepared {
  /** A Hugging Face folder that also holds model.gguf and batches.bin. */
  readonly folder: string;
  readonly parameters: number;
}

/**
 * Writes the weights for every contender, and `BATCHES` batches as int32: first the tokens, then the targets. A target is
 * a function of its token, so that there is something to learn. With `lora`, an adapter of that rank in PEFT's format.
 */
export async function prepare(name: ModelName, model: BenchmarkModel, root: string, lora = 0): Promise<Prepared> {
  const { config, batch, length } = model;
  const weights = initialWeights(config, rng(1, "benchmark", name), { embeddingStd: 0.02, projectionStd: 0.06 });
  const folder = join(root, `${name}-${batch}x${length}`);
  await mkdir(root, { recursive: true });
  await saveCheckpoint(folder, {
    config,
    weights,
    tokenizer: wordTokenizer(["<end>"], { size: config.vocabularySize }),
  });
  if (lora > 0) {
    const adapter = initialAdapter(weights, loraConfig({ rank: lora }), rng(4, "benchmark", name));
    await saveAdapter(join(folder, "adapter"), adapter, folder);
  }
  await writeFile(join(folder, "model.gguf"), encodeGguf(config, weights));
  await writeFile(join(folder, "batches.bin"), trainingBatches(config.vocabularySize, batch * length));
  return { folder, parameters: parameterCount(weights) };
}

function trainingBatches(vocabularySize: number, count: number): Uint8Array {
  const random = rng(2, "benchmark-batches");
  const numbers = new Int32Array(BATCHES * 2 * count);
  for (let item = 0; item < BATCHES; item++) {
    const start = item * 2 * count;
    for (let i = 0; i < count; i++) {
      const token = random.integer(vocabularySize);
      numbers[start + i] = token;
      numbers[start + count + i] = (token * 7 + 1) % vocabularySize;
    }
  }
  return new Uint8Array(numbers.buffer);
}
