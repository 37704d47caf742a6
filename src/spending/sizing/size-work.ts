import { addRanges, multiplyRanges, noRange, type Range, scaleRange } from "../plan.ts";
import { generationRate, type Throughput } from "./throughput.ts";
import type { Workload, WorkPart } from "./workload.ts";

export interface Cluster {
  readonly gpu: string;
  readonly gpus: number;
  /** GPUs that training spreads over; the others of a part stand idle meanwhile. Default: all. */
  readonly trainingGpus?: number | undefined;
  /** GPUs that RL samples, scores and learns on. Default: all. */
  readonly rlGpus?: number | undefined;
}

/** The models of the pipeline: all of one size. */
export interface SizedModel {
  readonly weights: number;
  /** Rank of the adapter that is trained; none trains all weights. */
  readonly rank?: number | undefined;
  readonly dtype?: "float32" | "bfloat16" | undefined;
}

export interface SizedPart {
  readonly name: string;
  readonly work: WorkPart;
  readonly gpuHours: Range;
  /** US dollars, of the whole cluster while the part takes it: what stands idle is paid, too. */
  readonly cost: Range;
  readonly hours: Range;
}

export type SizedTotal = Pick<SizedPart, "gpuHours" | "cost" | "hours">;

export interface SizedWork {
  readonly parts: readonly SizedPart[];
  readonly total: SizedTotal;
}

/** Tokens in and out of a GPU that generates, as GPU-hours. */
export function generationHours(
  { out, in: read }: Pick<WorkPart, "out" | "in">,
  weights: number,
  throughput: Throughput,
  gpu: string,
): Range {
  const rate = generationRate(gpuOf(throughput, gpu), weights);
  const hours = (tokens: { readonly out: number; readonly in: number }): number =>
    (tokens.out / rate.out + tokens.in / rate.in) / 3600;
  return {
    low: hours({ out: out.low, in: read.low }) / rate.within,
    high: hours({ out: out.high, in: read.high }) * rate.within,
  };
}

/**
 * GPU-hours, dollars and hours of every part, at full use of the GPUs; RL's, which wait for one another, as `rlBusy` says.
 * Learning takes 8 operations a weight and token, 2 of them for the recomputation of activations, and 6 where only an adapter
 * learns: its frozen weights have no gradient. Who keeps activations does without those 2.
 */
export function sizeWork(
  { parts }: Workload,
  { weights, rank }: SizedModel,
  { gpu, gpus, trainingGpus = gpus, rlGpus = gpus }: Cluster,
  throughput: Throughput,
): SizedWork {
  const { teraflops, price, priceWithin } = gpuOf(throughput, gpu);
  const { utilisation, within } = throughput.training;
  const operations = (rank === undefined ? 8 : 6) * weights;
  const learning = operations / (utilisation * teraflops * 1e12) / 3600;
  const prices = { low: price / priceWithin, high: price * priceWithin };
  const busy = { low: 1 / throughput.rlBusy.high, high: 1 / throughput.rlBusy.low };
  const sized = parts.map((work): SizedPart => {
    const generated = generationHours(work, weights, throughput, gpu);
    const learned = multiplyRanges(work.learned, { low: learning / within, high: learning * within });
    const full = addRanges(generated, learned);
    const gpuHours = work.isRl ? multiplyRanges(full, busy) : full;
    const hours = scaleRange(1 / (work.isRl ? rlGpus : work.learned.high > 0 ? trainingGpus : gpus), gpuHours);
    return { name: work.name, work, gpuHours, cost: multiplyRanges(scaleRange(gpus, hours), prices), hours };
  });
  const sum = (pick: (part: SizedPart) => Range): Range => sized.map(pick).reduce(addRanges, noRange);
  return {
    parts: sized,
    total: { gpuHours: sum((part) => part.gpuHours), cost: sum((part) => part.cost), hours: sum((part) => part.hours) },
  };
}

export function gpuOf({ gpus }: Throughput, name: string): Throughput["gpus"][string] {
  const gpu = gpus[name];
  if (gpu === undefined) throw new RangeError(`no figures of ${name}`);
  return gpu;
}
