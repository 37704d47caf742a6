import { PreceptError } from "../errors.ts";
import { parseModelSpec, withProvider } from "../models/index.ts";
import {
  type Cluster,
  calibrateThroughput,
  paperWorkload,
  parseGpus,
  readThroughput,
  type Sizing,
  sizePipeline,
  type Throughput,
} from "../spending/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { readMeasuredRun } from "./measured-run.ts";
import { parseSize, sizeInName } from "./model-size.ts";
import { modelOf, placeOf } from "./models.ts";
import type { PlannedProject } from "./plan-project.ts";

export interface SizeOptions {
  /** "8xH100". */
  readonly gpus: string;
  /** Weights of every model: "8B". Default: the initial model's, by its file or its name; the paper's: 8B and 70B. */
  readonly parameters?: string | undefined;
  /** "python" trains in one process, on one GPU. Default "ray": on all of them. */
  readonly engine?: "python" | "ray" | undefined;
  /** Of the adapter; default the project's, and none, all weights, for the paper. */
  readonly rank?: number | undefined;
  /** Instead of the figures that come with Precept. */
  readonly throughput?: string | undefined;
  /** A run that was made with GPUs of this kind, whose pace takes the place of assumptions, and how many they were; default as many. */
  readonly measured?: string | undefined;
  readonly measuredGpus?: number | undefined;
}

/**
 * What a project takes on these GPUs, were all its models of one size and one's own; its plan is made after what was given is
 * known to be right, since a probe costs money. @throws PreceptError usage, config-invalid.
 */
export async function sizeProject(
  loaded: LoadedConfig,
  options: SizeOptions,
  plan: () => Promise<PlannedProject>,
): Promise<{ readonly planned: PlannedProject; readonly sizing: Sizing }> {
  const { cluster: rented, measure } = clusterOf(options);
  // Rounds are drawn, scored and learned by one process, whatever the engine.
  const cluster = { ...rented, rlGpus: 1 };
  const weights = options.parameters === undefined ? await weightsOf(loaded) : parseParameters(options.parameters);
  const planned = await plan();
  const model = { weights, rank: options.rank ?? planned.adapterRank, dtype: loaded.config.training?.dtype };
  return { planned, sizing: sizePipeline(planned.workload, model, cluster, measure(weights)) };
}

/** The paper's own pipeline on these GPUs, for one size or for two. @throws PreceptError usage, config-invalid. */
export function sizePaper(options: SizeOptions): Sizing[] {
  const { cluster, measure } = clusterOf(options);
  const sizes = options.parameters === undefined ? [8e9, 70e9] : [parseParameters(options.parameters)];
  return sizes.map((weights) =>
    sizePipeline(paperWorkload(), { weights, rank: options.rank }, cluster, measure(weights)),
  );
}

/** The GPUs, and the figures for models of a size. */
function clusterOf({ gpus, engine, throughput, measured, measuredGpus }: SizeOptions): {
  readonly cluster: Cluster;
  readonly measure: (weights: number) => Throughput;
} {
  const figures = readThroughput(throughput);
  const { name, count } = parseGpus(gpus, figures);
  return {
    cluster: { gpu: name, gpus: count, ...(engine === "python" ? { trainingGpus: 1 } : {}) },
    measure: (weights) =>
      measured === undefined
        ? figures
        : calibrateThroughput(figures, name, readMeasuredRun(measured, measuredGpus ?? count, weights)),
  };
}

function parseParameters(text: string): number {
  const weights = parseSize(text);
  if (weights !== undefined && weights <= 1e14) return weights;
  throw new PreceptError("usage", {
    attempted: `Reading --parameters ${text}`,
    found: `"${text}"`,
    expected: "a number of weights: 135M, 8B, 70B",
  });
}

async function weightsOf(loaded: LoadedConfig): Promise<number> {
  if (loaded.config.world !== undefined) throw withoutSize("a project on a world, whose model is a toy");
  const initial = modelOf(loaded, "initial");
  const place = placeOf(initial, loaded);
  if (place !== undefined) {
    const { countWeights } = await import("../models/local/index.ts");
    const counted = await countWeights(place, loaded.folder);
    if (counted !== undefined) return counted;
  }
  const named = sizeInName(parseModelSpec(withProvider(initial.name)).model);
  if (named !== undefined) return named;
  throw withoutSize(`models.initial ${initial.name}, whose number of weights neither its file nor its name says`);
}

const withoutSize = (found: string): PreceptError =>
  new PreceptError("usage", {
    attempted: "Sizing the project",
    found,
    expected: "a number of weights",
    remedy: "give it: --parameters 8B",
  });
