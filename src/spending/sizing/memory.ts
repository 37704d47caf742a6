import { gpuOf, type SizedModel } from "./size-work.ts";
import { generationRate, type Throughput } from "./throughput.ts";

export interface MemoryNeed {
  /** Bytes that one process of training holds: weights, gradients, the optimizer's moments. */
  readonly training: number;
  /** Of one saved state: weights that learn, and their moments. */
  readonly state: number;
  /** What RL sends to those that sample, after each round. */
  readonly policy: number;
  /** Bytes of the weights of one copy that generates. */
  readonly serving: number;
  /** GPUs that such a copy is spread over. */
  readonly servingGpus: number;
  /** Bytes of one GPU that weights may take. */
  readonly usable: number;
  readonly isTrainingFit: boolean;
  readonly isServingFit: boolean;
}

/**
 * Weights of an adapter over all linear layers, about: of a model of width d with 12 d² weights a layer and d / 128 layers, and
 * 18 d in and out a layer (seven matrices, a middle of 2.7 d).
 */
export function adapterWeights(weights: number, rank: number): number {
  const width = ((weights * 128) / 12) ** (1 / 3);
  return (18 * rank * width * weights) / (12 * width ** 2);
}

/**
 * Whether the model fits while it learns and while it answers. Every process of training holds all of it: nothing is divided
 * among them. What learns stays in float32, with a gradient and two moments: 16 bytes a weight; what is frozen takes its dtype.
 */
export function memoryOf(
  { weights, rank, dtype = "float32" }: SizedModel,
  gpu: string,
  gpus: number,
  throughput: Throughput,
): MemoryNeed {
  const { memoryGB } = gpuOf(throughput, gpu);
  const usable = memoryGB * 1e9 * throughput.usableMemory.share;
  const learned = rank === undefined ? weights : adapterWeights(weights, rank);
  const frozen = rank === undefined ? 0 : weights * (dtype === "bfloat16" ? 2 : 4);
  const training = frozen + 16 * learned;
  const serving = weights * generationRate(gpuOf(throughput, gpu), weights).bytes;
  const servingGpus = Math.ceil(serving / usable);
  return {
    training,
    state: 12 * learned,
    policy: 2 * learned,
    serving,
    servingGpus,
    usable,
    isTrainingFit: training <= usable,
    isServingFit: servingGpus <= gpus,
  };
}
