import { existsSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { fetchFromHub, isRepositoryId } from "../../hub/index.ts";
import { findNearest } from "../../nearest.ts";
import {
  type Benchmark,
  type BenchmarkOptions,
  defaultBenchmarkOptions,
  type FileVersion,
  findData,
  identify,
  isFileNamed,
  type Shot,
  type Task,
  takeTasks,
  withShots,
} from "../benchmark/index.ts";
import { benchmarks } from "./registry.ts";
import { aboutPath, isSuiteFile, writtenSuite } from "./written-suite.ts";

/** One benchmark with its data, before anything is asked. */
export interface ReadyBenchmark {
  readonly benchmark: Benchmark;
  readonly tasks: readonly Task[];
  readonly versions: readonly FileVersion[];
  /** Items that there are. */
  readonly available: number;
  /** Rows of the files that are no items, by reason. */
  readonly dropped?: Readonly<Record<string, number>> | undefined;
  readonly options: BenchmarkOptions;
}

export interface PrepareOptions {
  /** Folders or files of the user's, or data sets of a hub ("datasets/NAME"). */
  readonly data: readonly string[];
  /** A world's own benchmarks, by name; they go before the registry's. */
  readonly own?: Readonly<Record<string, Benchmark>> | undefined;
  /** Default: each benchmark's own, else all. */
  readonly items?: number | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly hasJudge: boolean;
  readonly hasAttacker: boolean;
  /** Shown before every question. */
  readonly shots?: readonly Shot[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Benchmarks by name with the items that will be asked.
 * @throws PreceptError usage for an unknown name, missing files or a missing judge or attacker; not-enough-evidence for no items.
 */
export async function prepareBenchmarks(
  names: readonly string[],
  { data: places, own = {}, items, samples, seed, shots = [], hasJudge, hasAttacker, signal }: PrepareOptions,
): Promise<ReadyBenchmark[]> {
  const chosen = names.map((name) => withShots(findBenchmark(name, own), shots));
  const data = await Promise.all(places.map((place) => fetchData(place, chosen, signal)));
  const ready: ReadyBenchmark[] = [];
  for (const benchmark of chosen) {
    checkNeeds(benchmark, hasJudge, hasAttacker);
    const { seed: ownSeed, samples: ownSamples } = defaultBenchmarkOptions;
    const n = items ?? benchmark.defaultItems;
    const options = { ...defaultBenchmarkOptions, n, seed: seed ?? ownSeed, samples: samples ?? ownSamples };
    ready.push(await readyBenchmark(benchmark, data, options));
  }
  return ready;
}

/** A folder or file of the user's, or a data set of a hub, of which only the benchmarks' own files are fetched. */
async function fetchData(
  place: string,
  chosen: readonly Benchmark[],
  signal: AbortSignal | undefined,
): Promise<string> {
  if (existsSync(place) || !place.startsWith("datasets/") || !isRepositoryId(place)) return place;
  const wanted = chosen.flatMap(({ files }) => files.flatMap(({ names }) => names));
  return fetchFromHub(place, { files: (path) => wanted.some((name) => isFileNamed(path, name)), signal });
}

function findBenchmark(name: string, own: Readonly<Record<string, Benchmark>>): Benchmark {
  if (isSuiteFile(name)) return ownSuite(name, own);
  const found = Object.hasOwn(own, name) ? own[name] : benchmarks.get(name);
  if (found !== undefined) return found;
  const known = [...Object.keys(own), ...benchmarks.keys()];
  const [near] = findNearest(name, known, 1);
  throw new PreceptError("usage", {
    attempted: "Choosing benchmarks",
    found: `"${name}"`,
    expected: `names of ${[...new Set(known)].join(", ")}`,
    remedy: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/** A written suite, whose results must not take another suite's place. */
function ownSuite(path: string, own: Readonly<Record<string, Benchmark>>): Benchmark {
  const suite = writtenSuite(path);
  if (!Object.hasOwn(own, suite.id) && !benchmarks.has(suite.id)) return suite;
  throw new PreceptError("usage", {
    attempted: `Reading the suite ${path}`,
    found: `the name ${suite.id}, which a suite of this package has`,
    expected: "a name of its own, since results are kept by it",
    remedy: `change "name" in ${aboutPath(path)}, or rename the file where there is none`,
  });
}

function checkNeeds({ id, needs }: Benchmark, hasJudge: boolean, hasAttacker: boolean): void {
  const missing =
    needs?.judge === true && !hasJudge ? "judge" : needs?.attacker === true && !hasAttacker ? "attacker" : undefined;
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Preparing ${id}`,
    found: `no ${missing}`,
    expected: `a model that ${missing === "judge" ? "reads the answers" : "writes the attacks"}`,
    remedy: `--${missing} provider:model (or local:FOLDER)`,
  });
}

async function readyBenchmark(
  benchmark: Benchmark,
  data: readonly string[],
  options: BenchmarkOptions,
): Promise<ReadyBenchmark> {
  const { n, seed } = options;
  const files = benchmark.files.length === 0 ? [] : await findData(benchmark, data);
  const versions = await identify(benchmark, files);
  const reasons = new Map<string, number>();
  const items = benchmark.load(files, (reason) => void reasons.set(reason, (reasons.get(reason) ?? 0) + 1));
  const { tasks, available } = await takeTasks(items, n, seed, benchmark.sampleBy);
  const dropped = reasons.size === 0 ? undefined : Object.fromEntries(reasons);
  if (tasks.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Preparing ${benchmark.id}`,
      found: n === 0 ? "--n 0" : "no items in its files",
      expected: "one item or more",
      remedy: n === 0 ? "give a larger --n" : benchmark.get,
    });
  }
  return { benchmark, tasks, versions, available, dropped, options };
}
