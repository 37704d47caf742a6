import { exactly } from "../plan.ts";
import { generationHours, gpuOf } from "./size-work.ts";
import type { Throughput } from "./throughput.ts";

/** What a finished run says of the machines that it was made on. */
export interface MeasuredRun {
  /** As a source: which run. */
  readonly name: string;
  /** GPUs that generated, all at work. */
  readonly gpus: number;
  /** Weights of the models that were asked. */
  readonly weights: number;
  /** Of a stage that asks and does nothing else. */
  readonly calls: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly seconds: number;
  /** Operations a second of a stage that trains, by 6 a weight and token; none where it trained elsewhere. */
  readonly trainedFlops?: number | undefined;
}

/** A run's mixture of prompts and answers is not another's. */
const within = 1.25;
/** With the recomputation of activations; a run counts without it. */
const recomputed = 8 / 6;

/**
 * The figures with what a run measured in place of assumptions: how many times faster or slower the GPU was than its figures say
 * for the same tokens holds for every size of model; the client's calls per second are the run's.
 */
export function calibrateThroughput(throughput: Throughput, gpu: string, run: MeasuredRun): Throughput {
  const figures = gpuOf(throughput, gpu);
  const sure: Throughput = {
    ...throughput,
    gpus: {
      ...throughput.gpus,
      [gpu]: { ...figures, generation: figures.generation.map((one) => ({ ...one, within: 1 })) },
    },
  };
  const asked = { out: exactly(run.completionTokens), in: exactly(run.promptTokens) };
  // Outside its sizes a figure is a range: its middle.
  const reckoned = generationHours(asked, run.weights, sure, gpu);
  const faster = Math.sqrt(reckoned.low * reckoned.high) / ((run.seconds * run.gpus) / 3600);
  const source = `measured: ${run.name}`;
  const generation = figures.generation.map((one) => ({
    ...one,
    ...{ out: one.out * faster, in: one.in * faster, within, source },
  }));
  const { training, client } = throughput;
  const utilisation = ((run.trainedFlops ?? 0) * recomputed) / (figures.teraflops * 1e12 * run.gpus);
  return {
    ...throughput,
    gpus: { ...throughput.gpus, [gpu]: { ...figures, generation } },
    client: { ...client, callsPerSecond: run.calls / run.seconds, within: 1, source },
    training: run.trainedFlops === undefined ? training : { utilisation: Math.min(1, utilisation), within, source },
  };
}
