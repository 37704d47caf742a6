import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { PreceptError } from "../../../errors.ts";
import {
  type BenchmarkSummary,
  benchmarkSummarySchema,
  checkpointNames,
  type Summary,
} from "../../../evaluation/index.ts";
import {
  type MeasuredRun,
  readSize,
  type ScalingAxis,
  type SizeRecord,
  type Tendency,
} from "../../../oversight/index.ts";
import { readSummary } from "../../../report/index.ts";
import { isEstimate, type Measured, wilson, z95 } from "../../../statistics/index.ts";
import { tryJson } from "../../../storage/index.ts";
import { loadCheckpoint, parameterCount } from "../../../transformer/index.ts";
import { committedCheckpoint } from "../../harbor/inputs.ts";
import { sizeInName } from "../../model-size.ts";

export interface ReadRunsOptions {
  readonly over: ScalingAxis;
  /** Of each run, in their order, where they do not record it. */
  readonly parameters?: readonly number[] | undefined;
  /** Of runs on a world. Default "heldOut". */
  readonly split?: string | undefined;
}

/**
 * What runs of any kind measured, each at its place of the axis: sizes of a sweep, runs on harbor (RUN@CHECKPOINT, else the last),
 * benchmarks of any model. @throws PreceptError usage for a run without what the axis needs, or sizes of different token counts.
 */
export async function readMeasuredRuns(places: readonly string[], options: ReadRunsOptions): Promise<MeasuredRun[]> {
  const { parameters } = options;
  if (parameters !== undefined && parameters.length !== places.length)
    throw otherCount(places.length, parameters.length);
  const sizes: SizeRecord[] = [];
  const runs: MeasuredRun[] = [];
  for (const [index, place] of places.entries()) {
    const size = sizeAt(place);
    if (size !== undefined) sizes.push(size);
    runs.push(
      ...(size === undefined ? await readRunAt(place, options, parameters?.[index]) : [runOfSize(size, options)]),
    );
  }
  refuseOtherSettings(sizes);
  if (options.over === "parameters") refuseOtherTokens(sizes);
  return runs;
}

/** A folder of a sweep, or its size.json alone. */
function sizeAt(place: string): SizeRecord | undefined {
  return readSize(basename(place) === "size.json" ? dirname(place) : place);
}

function runOfSize(size: SizeRecord, { over }: ReadRunsOptions): MeasuredRun {
  const { name, seed, tendencies } = size;
  if (over === "rl-steps") throw lacksPlace(`${name}, a size of a sweep`, over);
  return { run: `${name}, seed ${seed}`, seed, x: size[over], tendencies };
}

async function readRunAt(place: string, options: ReadRunsOptions, given: number | undefined): Promise<MeasuredRun[]> {
  const named = existsSync(place) ? undefined : /@([^@/\\]+)$/u.exec(place)?.[1];
  const run = named === undefined ? place : place.slice(0, -named.length - 1);
  const summary = readSummary(run);
  const benchmarks = summary === undefined ? benchmarkSummaries(run) : [];
  if (summary === undefined && benchmarks.length === 0) throw nothingMeasured(place);
  if (options.over === "rl-steps") return stepsOf(place, summary);
  if (options.over === "flops" || options.over === "tokens") {
    if (summary === undefined) throw lacksPlace(place, options.over);
    return [runOfSummary(place, summary, workOf(summary, options.over, place), options)];
  }
  if (summary !== undefined) {
    const x = given ?? (await parametersOf(run, named));
    if (x === undefined) throw lacksPlace(place, "parameters");
    return [runOfSummary(place, summary, x, options)];
  }
  const x = given ?? benchmarks.map(({ subject }) => sizeInName(subject)).find((size) => size !== undefined);
  if (x === undefined) throw lacksPlace(place, "parameters");
  return [{ run: place, x, tendencies: Object.assign({}, ...benchmarks.map(tendenciesOfBenchmark)) }];
}

/** By metric; of several benchmarks in one folder BENCHMARK.METRIC too. */
function tendenciesOfBenchmark({ benchmark, metrics }: BenchmarkSummary): Record<string, Tendency> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, measured]) => {
      const tendency = tendencyOf(measured);
      return tendency === undefined ? [] : [[name, tendency] as const, [`${benchmark}.${name}`, tendency] as const];
    }),
  );
}

function runOfSummary(place: string, summary: Summary, x: number, { split = "heldOut" }: ReadRunsOptions): MeasuredRun {
  const named = existsSync(place) ? undefined : /@([^@/\\]+)$/u.exec(place)?.[1];
  const known = checkpointNames.filter((name) => summary.checkpoints[name] !== undefined);
  const checkpoint = named === undefined ? known.at(-1) : known.find((name) => name === named);
  const splits = checkpoint === undefined ? undefined : summary.checkpoints[checkpoint];
  if (splits === undefined) throw noCheckpoint(place, known);
  const { [split]: measures } = splits;
  if (measures === undefined) throw noSplit(place, split, Object.keys(splits));
  const tendencies = Object.entries(measures).flatMap(([name, measured]) => {
    const tendency = tendencyOf(measured);
    return tendency === undefined ? [] : [[name, tendency] as const];
  });
  return { run: place, x, seed: summary.seed, tendencies: Object.fromEntries(tendencies) };
}

/**
 * A rate as its count again, of clustered answers as so many as its wider interval comes to; anything else with the standard error that
 * its interval says.
 */
function tendencyOf(measured: Measured): Tendency | undefined {
  if (!isEstimate(measured)) return undefined;
  const { estimate, low, high, n, clusters } = measured;
  const gap = { value: estimate, error: (high - low) / (2 * z95), n };
  const successes = Math.round(estimate * n);
  if (successes < 0 || successes > n || Math.abs(successes - estimate * n) > 1e-6) return gap;
  const plain = wilson(successes, n);
  const share = Math.min(1, ((plain.high - plain.low) / Math.max(1e-9, high - low)) ** 2);
  // A mean that happens to be a whole count over n has another interval than a rate.
  if (clusters === undefined && Math.abs(share - 1) > 0.01) return gap;
  const effective = Math.max(1, Math.round(n * share));
  return { successes: Math.round(estimate * effective), n: effective };
}

/** Policies that RL kept: their gold reward by step. */
function stepsOf(place: string, summary: Summary | undefined): MeasuredRun[] {
  const kept = (summary?.goldReward ?? []).filter(({ step }) => step > 0);
  if (kept.length === 0) throw lacksPlace(place, "rl-steps");
  return kept.map(({ step, gold }) => ({
    ...{ run: `${place}, step ${step}`, x: step, seed: summary?.seed },
    tendencies: { goldReward: { value: gold.estimate, error: (gold.high - gold.low) / (2 * z95), n: gold.n } },
  }));
}

/** All that a run's stages put through a model, or computed. */
function workOf({ stages }: Summary, over: "tokens" | "flops", place: string): number {
  const all = Object.values(stages);
  if (over === "tokens") return all.reduce((sum, { tokens }) => sum + tokens, 0);
  const known = all.flatMap(({ gflops, tokens, tokensPerSecond }) =>
    gflops === undefined || tokensPerSecond === 0 ? [] : [(gflops * 1e9 * tokens) / tokensPerSecond],
  );
  const sum = known.reduce((total, flops) => total + flops, 0);
  if (sum > 0) return sum;
  throw lacksPlace(place, "flops");
}

async function parametersOf(run: string, named: string | undefined): Promise<number | undefined> {
  const stages = named === undefined ? ["rl-cai", "dpo", "sl-cai", "initial"] : [named, "initial"];
  const folders = stages.map((stage) => join(run, stage, "checkpoint"));
  const folder = folders.find((path) => existsSync(join(path, "config.json")));
  const isHarbor = existsSync(join(run, "measured-by.yaml"));
  const place = folder ?? (isHarbor ? committedCheckpoint : undefined);
  return place === undefined ? undefined : parameterCount((await loadCheckpoint(place)).weights);
}

/** Summaries of benchmarks in a folder, whoever their subject was. */
function benchmarkSummaries(folder: string): BenchmarkSummary[] {
  const within = (parent: string): string[] =>
    statSync(parent, { throwIfNoEntry: false })?.isDirectory() === true
      ? readdirSync(parent, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? [join(parent, entry.name)] : [],
        )
      : [];
  const near = within(folder);
  return [folder, ...near, ...near.flatMap(within)].flatMap((path) => {
    const file = join(path, "benchmark", "summary.json");
    const read = existsSync(file) ? benchmarkSummarySchema.safeParse(tryJson(readFileSync(file, "utf8"))) : undefined;
    return read?.success === true ? [read.data] : [];
  });
}

function refuseOtherSettings(sizes: readonly SizeRecord[]): void {
  const [first] = sizes;
  const other = sizes.find(({ settings }) => settings !== first?.settings);
  if (first === undefined || other === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Fitting tendencies over sizes",
    found: `${first.name} seed ${first.seed} and ${other.name} seed ${other.seed}, which were trained or measured in two ways`,
    expected: "sizes of one sweep: a smoke sweep, or one of other steps, says nothing beside another",
    remedy: "give the sizes of one sweep",
  });
}

function refuseOtherTokens(sizes: readonly SizeRecord[]): void {
  const counts = new Set(sizes.map(({ tokens }) => tokens));
  if (counts.size < 2) return;
  // Another seed draws other documents, and packs a few tokens more or fewer.
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (most - least <= 0.01 * most) return;
  const odd = sizes.map(({ name, seed, tokens }) => `${name} seed ${seed}: ${tokens.toLocaleString("en-US")}`);
  throw new PreceptError("usage", {
    attempted: "Fitting tendencies over parameters",
    found: `sizes that were trained on different numbers of tokens (${[...new Set(odd)].join(", ")})`,
    expected: "the same tokens at every size: otherwise data and parameters change together",
    remedy: "--over tokens, or sizes of one sweep",
  });
}

const attempted = "Fitting tendencies over runs";

const needs: Readonly<Record<ScalingAxis, readonly [what: string, remedy: string]>> = {
  parameters: ["how many weights its model has", "--parameters N,N,… in the order of the runs, e.g. 0.5b,1.5b,7b"],
  tokens: ["how many tokens went through its model", "a run that trains here, or --over parameters"],
  flops: ["floating-point operations", "a run that trains here, whose stages record them, or --over parameters"],
  "rl-steps": ["policies that RL kept and the oracle measured", "a run on harbor with rl-cai and evaluate"],
};

function lacksPlace(place: string, over: ScalingAxis): PreceptError {
  const [what, remedy] = needs[over];
  return new PreceptError("usage", {
    attempted,
    found: `${place}, which does not record ${what}`,
    expected: `runs that have a place on the axis "${over}"`,
    remedy,
  });
}

function nothingMeasured(place: string): PreceptError {
  return new PreceptError("usage", {
    attempted,
    found: existsSync(place) ? `${place}, where nothing was measured` : `${place}, which is not there`,
    expected:
      "sizes of a sweep, runs on harbor that were evaluated, or folders of precept evaluate MODEL --suite NAME --out DIR",
    remedy: "precept scaling sweep runs/sweep makes sizes",
  });
}

function noCheckpoint(place: string, known: readonly string[]): PreceptError {
  return new PreceptError("usage", {
    attempted,
    found: `${place}, a checkpoint that was not measured`,
    expected: known.length === 0 ? "a run that was evaluated" : `one of ${known.join(", ")}`,
  });
}

function noSplit(place: string, split: string, known: readonly string[]): PreceptError {
  return new PreceptError("usage", {
    attempted,
    found: `${place}, which measured nothing on the split ${split}`,
    expected: known.length === 0 ? "a run that was evaluated" : `--split ${known.join(", ")}`,
  });
}

function otherCount(runs: number, found: number): PreceptError {
  return new PreceptError("usage", {
    attempted,
    found: `${runs} runs and ${found} sizes in --parameters`,
    expected: "one size a run, in their order",
  });
}
