import { exactly, type Range } from "../plan.ts";
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
  /** Read by the GPUs: without what prompts begin with alike, which the prefix cache has. */
  readonly readTokens: Range;
  readonly completionTokens: number;
  readonly seconds: number;
  /** Processes that asked, each by itself. */
  readonly clients: number;
  /** None where it trained elsewhere. */
  readonly training?: MeasuredTraining | undefined;
}

export interface MeasuredTraining {
  /** Operations a second, by 6 a weight and token. */
  readonly flops: number;
  /** That learned together. */
  readonly gpus: number;
  readonly isAdapter: boolean;
}

/** A run's mixture of prompts and answers is not another's. */
const within = 1.25;
/** With the recomputation of activations; a run counts without it. */
const recomputed = 8 / 6;

/**
 * The figures with what a run measured in place of assumptions: how many times faster or slower the GPU was than its figures say
 * for the same tokens holds for every size of model. What a client lets through is only raised: this one may have waited for the GPUs.
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
  const reckon = (read: number): number => {
    const asked = { out: exactly(run.completionTokens), in: exactly(read) };
    // Outside its sizes a figure is a range: its middle.
    const { low, high } = generationHours(asked, run.weights, sure, gpu);
    return Math.sqrt(low * high);
  };
  const [least, most] = [reckon(run.readTokens.low), reckon(run.readTokens.high)];
  const faster = Math.sqrt(least * most) / ((run.seconds * run.gpus) / 3600);
  const source = `measured: ${run.name}`;
  const unsure = within * Math.sqrt(most / least);
  const generation = figures.generation.map((one) => ({
    ...one,
    ...{ out: one.out * faster, in: one.in * faster, within: unsure, source },
  }));
  const perClient = run.calls / run.seconds / run.clients;
  return {
    ...throughput,
    gpus: { ...throughput.gpus, [gpu]: { ...figures, generation } },
    client:
      perClient > throughput.client.callsPerSecond
        ? { ...throughput.client, callsPerSecond: perClient, within, source }
        : throughput.client,
    training:
      run.training === undefined
        ? throughput.training
        : { utilisation: utilisationOf(run.training, figures.teraflops), within, source },
  };
}

function utilisationOf({ flops, gpus, isAdapter }: MeasuredTraining, teraflops: number): number {
  // `sizeWork` counts an adapter's operations as a run does.
  return Math.min(1, (flops * (isAdapter ? 1 : recomputed)) / (teraflops * 1e12 * gpus));
}
