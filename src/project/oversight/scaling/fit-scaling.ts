import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fitAll, type KeptScaling, keepScaling, type ScalingAxis } from "../../../oversight/index.ts";
import { readMeasuredRuns } from "./read-runs.ts";

export interface FitScalingOptions {
  readonly places: readonly string[];
  /** Default "parameters". */
  readonly over?: ScalingAxis | undefined;
  readonly metrics?: readonly string[] | undefined;
  readonly parameters?: readonly number[] | undefined;
  readonly split?: string | undefined;
  /** Of the intervals. Default 1. */
  readonly seed?: number | undefined;
}

export interface FittedScaling extends KeptScaling {
  /** Where it was kept; undefined where nobody may write. */
  readonly kept: string | undefined;
}

/** Fits what runs of any kind measured, foretells the largest, and keeps that beside the first of them, of one run within it. @throws PreceptError as reading and fitting do. */
export async function fitScaling(options: FitScalingOptions): Promise<FittedScaling> {
  const { places, over = "parameters", metrics, parameters, split, seed = 1 } = options;
  const runs = await readMeasuredRuns(places, { over, parameters, split });
  const found = fitAll(runs, { over, seed, metrics });
  const folder = homeOf(places);
  const folders = places.map(folderOf);
  const beside = folders.filter((one) => dirname(one) === folder).map((one) => basename(one));
  return { ...found, kept: keepScaling(folder, { ...found, beside: [...new Set(beside)] }) ? folder : undefined };
}

/** One run's own folder; of several the folder that the first of them stands in. */
function homeOf([first = ".", ...others]: readonly string[]): string {
  const folder = folderOf(first);
  return others.length === 0 ? folder : dirname(folder);
}

function folderOf(place: string): string {
  const run = resolve(existsSync(place) ? place : place.replace(/@[^@/\\]+$/u, ""));
  return basename(run) === "size.json" ? dirname(run) : run;
}
