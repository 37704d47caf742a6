import { addRanges, noRange, type Range } from "../plan.ts";
import type { MemoryNeed } from "./memory.ts";
import { type Cluster, generationHours, type SizedModel, type SizedWork } from "./size-work.ts";
import type { Throughput } from "./throughput.ts";
import type { Workload } from "./workload.ts";

/** Something that may give out before the GPUs do. */
export interface Choke {
  readonly name: "memory" | "prefixes" | "client" | "records" | "state" | "weights";
  /** Whether it does, at these counts. */
  readonly isTight: boolean;
  readonly found: string;
  readonly remedy: string;
}

export interface ChokeInputs {
  readonly workload: Workload;
  readonly sized: SizedWork;
  readonly memory: MemoryNeed;
  readonly model: SizedModel;
  readonly cluster: Cluster;
  readonly throughput: Throughput;
}

/** Hours below which nobody minds. */
const fewHours = 0.1;
/** Share of a step's time that may go by with sending weights. */
const mostSending = 0.1;

/** What gives out first: what does not fit, then the five in the order in which a pipeline that grows meets them. */
export function chokesOf(inputs: ChokeInputs): Choke[] {
  return [
    memoryChoke(inputs),
    prefixChoke(inputs),
    clientChoke(inputs),
    recordsChoke(inputs),
    stateChoke(inputs),
    weightsChoke(inputs),
  ];
}

function memoryChoke({ memory, model, cluster }: ChokeInputs): Choke {
  const { training, serving, servingGpus, usable, isTrainingFit, isServingFit } = memory;
  const what =
    model.rank === undefined ? "all weights" : `an adapter of rank ${model.rank} over ${model.dtype ?? "float32"}`;
  const found = `training ${what}: ${gigabytes(training)} in every process; a copy that answers: ${gigabytes(serving)}, ${servingGpus} GPU${servingGpus === 1 ? "" : "s"}; ${gigabytes(usable)} of a ${cluster.gpu} for either`;
  const smaller =
    model.rank === undefined
      ? "train an adapter (training.adapter: { rank: 16 }): nothing here divides a model's training among GPUs"
      : model.dtype === "bfloat16"
        ? "take GPUs with more memory or a smaller model: nothing here divides a model's training among GPUs"
        : "training: { python: { dtype: bfloat16 } } halves the frozen weights";
  const remedy = isTrainingFit ? (isServingFit ? "" : "take more GPUs: one copy is spread over several") : smaller;
  return { name: "memory", isTight: !isTrainingFit || !isServingFit, found, remedy };
}

function prefixChoke({ workload, sized, model, cluster, throughput }: ChokeInputs): Choke {
  const cached = workload.parts.map((part) => part.cached).reduce(addRanges, noRange);
  const lost = generationHours({ out: noRange, in: cached }, model.weights, throughput, cluster.gpu);
  return {
    name: "prefixes",
    isTight: lost.high > Math.max(fewHours, 0.1 * sized.total.gpuHours.high),
    found: `${shorten(cached.high)} tokens of common beginnings, ${hours(lost)} GPU-hours more without the prefix cache`,
    remedy: "keep what is shared first and equal to the byte, no echo; vllm:prefix_cache_hits_total tells",
  };
}

function clientChoke({ workload, sized, throughput }: ChokeInputs): Choke {
  // RL samples where it learns: the client is not asked.
  const calls = workload.parts.map((part) => (part.isRl ? noRange : part.calls)).reduce(addRanges, noRange);
  const { callsPerSecond, within } = throughput.client;
  const client = {
    low: calls.low / (callsPerSecond * within) / 3600,
    high: (calls.high * within) / callsPerSecond / 3600,
  };
  const asking = sized.parts.filter(({ work }) => work.calls.high > 0 && !work.isRl);
  const fleet = asking.map((part) => part.hours).reduce(addRanges, noRange);
  const shards = fleet.low === 0 ? 1 : Math.ceil(client.high / fleet.low);
  return {
    name: "client",
    isTight: client.high > Math.max(fewHours, fleet.low),
    found: `${shorten(calls.high)} calls: one client needs ${hours(client)} h, the GPUs ${hours(fleet)} h`,
    remedy: `divide the prompts over up to ${shards} clients`,
  };
}

function recordsChoke({ workload, throughput }: ChokeInputs): Choke {
  const { bytes, mostBytes } = throughput.records;
  const most = Math.max(0, ...workload.parts.map(({ isRl, calls }) => (isRl ? 0 : calls.high))) * bytes;
  return {
    name: "records",
    isTight: most > mostBytes,
    found: `records.jsonl of the longest stage: ${gigabytes(most)}`,
    remedy: "keep them in shards, and export Parquet",
  };
}

function stateChoke({ memory, throughput }: ChokeInputs): Choke {
  const { bytesPerSecond, mostSeconds } = throughput.storage;
  const seconds = memory.state / bytesPerSecond;
  return {
    name: "state",
    isTight: seconds > mostSeconds,
    found: `a saved state: ${gigabytes(memory.state)}, the last two are kept; ${timeOf(seconds)} a save at ${gigabytes(bytesPerSecond)} a second`,
    remedy: "save less often (stateEvery), or train an adapter",
  };
}

function weightsChoke({ workload, sized, memory, cluster, throughput }: ChokeInputs): Choke {
  const learning = sized.parts.filter(({ work }) => work.isRl);
  const prompts = workload.counts.rlPrompts.high;
  const rounds = Math.max(1, prompts / workload.rolloutsPerRound);
  const seconds = memory.policy / throughput.network.bytesPerSecond;
  const round = (learning.map((part) => part.hours.low).reduce((sum, one) => sum + one, 0) * 3600) / rounds;
  return {
    name: "weights",
    isTight: learning.length > 0 && cluster.rlGpus !== 1 && seconds > mostSending * round,
    found:
      learning.length === 0
        ? "no RL"
        : cluster.rlGpus === 1
          ? "RL is by one process on one GPU of one machine: no weights are sent"
          : `${gigabytes(memory.policy)} to those that sample after each of ${shorten(rounds)} rounds: ${timeOf(seconds)}, and a round itself takes ${timeOf(round)} at the least`,
    remedy: "send adapters, or learn from more answers a round",
  };
}

/** 128000000000 → "128 GB". */
function gigabytes(bytes: number): string {
  if (bytes >= 1e12) return `${(bytes / 1e12).toFixed(1)} TB`;
  if (bytes >= 9.95e9) return `${(bytes / 1e9).toFixed(0)} GB`;
  return bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;
}

const timeOf = (seconds: number): string => (seconds < 1 ? "under a second" : `${shorten(seconds)} s`);

function shorten(n: number): string {
  const units = [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const;
  const [unit, sign] = units.find(([size]) => n >= 10 * size || (size > 1e3 && n >= size)) ?? [1, ""];
  const value = n / unit;
  return `${value < 10 && (unit > 1 || value < 1) ? value.toFixed(1) : Math.round(value).toLocaleString("en-US")}${sign && ` ${sign}`}`;
}

const hours = ({ low, high }: Range): string => {
  const [from, to] = [low, high].map((n) =>
    n < 0.01 ? "<0.01" : n >= 9.5 ? Math.round(n).toLocaleString("en-US") : n.toPrecision(2),
  );
  return from === to ? `${from}` : `${from} – ${to}`;
};
