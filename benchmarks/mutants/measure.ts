import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { omitUndefined } from "../../src/omit-undefined.ts";
import { hashText } from "../../src/storage/index.ts";
import { reachingTests } from "./reach.ts";
import { type Baseline, type Journal, openBaselines, openResults, type Result } from "./results.ts";
import type { MutatedRoom } from "./rooms.ts";
import type { Mutant } from "./sample.ts";
import { copyTree, hasRightTypes, withMutant } from "./tree.ts";
import { WarmTests } from "./warm-tests.ts";

export interface MeasureOptions {
  readonly root: string;
  /** Where results and copied trees lie; one command at a time. */
  readonly folder: string;
  readonly rooms: Readonly<Record<string, MutatedRoom>>;
  readonly mutants: readonly Mutant[];
  readonly workers: number;
  /** Whether a kill counts for good while its own file stays, whatever became of the test files: while tests are being added. */
  readonly trustsKills?: boolean;
  /** How much longer than five times its time without a mutant a test file may take. */
  readonly graceMs?: number;
  readonly onResult: (mutant: Mutant, result: Result) => void;
}

/** Test files that a mutant meets, nearest first; one that only a test beyond would notice survives. */
const mostTestFiles = 6;

/**
 * Runs every mutant against the tests nearest to it and journals each result; what the journal holds for the same texts is
 * not run again. @throws Error where no test of a file passes without a mutant.
 */
export async function measureMutants(options: MeasureOptions): Promise<Journal<Result>> {
  const { root, rooms, mutants, workers, onResult } = options;
  const folder = resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const [results, baselines] = [openResults(folder), openBaselines(folder)];
  const reaching = reachingTests(root);
  const testsOf = ({ room, file }: Mutant): string[] => {
    const asked = rooms[room]?.tests ?? [];
    return reaching(file).filter((test) => asked.some((prefix) => test.startsWith(prefix)));
  };
  const waiting = mutants.filter((mutant) => !isCurrent(options, mutant, results.get(mutant.id)));
  const work = async (tree: string): Promise<void> => {
    copyTree(root, tree);
    const trial = new Trial(tree, baselines, options.graceMs ?? 15_000);
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const result = await trial.judge(mutant, testsOf(mutant));
        results.add(result);
        onResult(mutant, result);
      }
    } finally {
      trial.end();
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, n) => work(join(folder, `tree-${n}`))));
  return results;
}

/** Gives every mutant that no test noticed to the types check. @throws Error where the types do not hold without a mutant. */
export async function checkTypes(options: MeasureOptions, results: Journal<Result>): Promise<void> {
  const { root, mutants, onResult } = options;
  const tree = join(resolve(options.folder), "tree-0");
  const waiting = mutants.filter(({ id }) => results.get(id)?.outcome === "untyped");
  if (waiting.length === 0) return;
  copyTree(root, tree);
  if (!hasRightTypes(tree)) throw new Error(`The types of ${root} do not hold without a mutant: see npm run types`);
  for (const mutant of waiting) {
    const known = results.get(mutant.id);
    if (known === undefined) continue;
    const holds = await withMutant(tree, mutant, async () => hasRightTypes(tree));
    const result: Result = { ...known, outcome: holds ? "survived" : "types" };
    results.add(result);
    onResult(mutant, result);
  }
}

/** Whether a result was got from the texts that stand there now. */
function isCurrent({ root, trustsKills = false }: MeasureOptions, mutant: Mutant, result: Result | undefined): boolean {
  if (result === undefined || result.source !== hashTexts(root, [mutant.file])) return false;
  if (trustsKills && (result.outcome === "killed" || result.outcome === "timeout")) return true;
  return result.tests.every((test) => existsSync(join(root, test))) && result.asked === hashTexts(root, result.tests);
}

function hashTexts(root: string, files: readonly string[]): string {
  return hashText(files.map((file) => readFileSync(join(root, file), "utf8")).join("\u0000"));
}

/** Mutants tried one after the other in a tree. */
class Trial {
  readonly #tree: string;
  readonly #baselines: Journal<Baseline>;
  readonly #graceMs: number;
  readonly #tests: WarmTests;
  /** Files that a mutant came into or left since the last test ran. */
  readonly #changed = new Set<string>();

  constructor(tree: string, baselines: Journal<Baseline>, graceMs: number) {
    this.#tree = tree;
    this.#graceMs = graceMs;
    this.#baselines = baselines;
    this.#tests = new WarmTests(tree);
  }

  async judge(mutant: Mutant, reaching: readonly string[]): Promise<Result> {
    const nearest = await this.#nearest(reaching);
    const start = performance.now();
    const tests: string[] = [];
    this.#changed.add(mutant.file);
    const told = await withMutant(this.#tree, mutant, async () => {
      for (const { test, durationMs } of nearest) {
        tests.push(test);
        const patienceMs = this.#graceMs + 5 * durationMs;
        let result = await this.#run(test, patienceMs);
        // Once more: a machine that was busy for a while is no mistake noticed.
        if (result === "timeout") result = await this.#run(test, 2 * patienceMs);
        if (result === "timeout") return { outcome: "timeout" as const, by: test };
        if (result.failure !== undefined)
          return { outcome: "killed" as const, by: `${test} > ${result.failure}`, result };
      }
      return { outcome: "untyped" as const, by: undefined };
    });
    this.#changed.add(mutant.file);
    if (told.outcome === "killed" && told.result.isWhole) await this.#confirm(tests.at(-1) ?? "");
    const seconds = Math.round(performance.now() - start) / 1000;
    const source = hashTexts(this.#tree, [mutant.file]);
    const asked = hashTexts(this.#tree, tests);
    return { id: mutant.id, outcome: told.outcome, tests, seconds, source, asked, ...omitUndefined({ by: told.by }) };
  }

  end(): void {
    this.#tests.stop();
  }

  async #run(test: string, timeoutMs: number): ReturnType<WarmTests["run"]> {
    const changed = [...this.#changed];
    this.#changed.clear();
    return this.#tests.run({ test, changed }, timeoutMs);
  }

  /** A file that fails as a whole may have met a broken machine instead of a mutant. @throws Error where it does so still. */
  async #confirm(test: string): Promise<void> {
    const result = await this.#run(test, 300_000);
    if (result === "timeout" || result.failure !== undefined) {
      throw new Error(`${test} fails in ${this.#tree} without a mutant: mend what is broken, then go on`);
    }
  }

  /** The nearest tests that pass without a mutant. */
  async #nearest(reaching: readonly string[]): Promise<Baseline[]> {
    const chosen: Baseline[] = [];
    for (const test of reaching.slice(0, mostTestFiles)) {
      const baseline = await this.#baselineOf(test);
      if (baseline.passes) chosen.push(baseline);
    }
    if (chosen.length > 0) return chosen;
    throw new Error(`No test that passes reaches this file: ${reaching.join(", ") || "none reaches it at all"}`);
  }

  async #baselineOf(test: string): Promise<Baseline> {
    const text = hashTexts(this.#tree, [test]);
    const known = this.#baselines.get(`${test} ${text}`);
    if (known !== undefined) return known;
    const limitMs = 300_000;
    const result = await this.#run(test, limitMs);
    const isDone = result !== "timeout";
    const passes = isDone && result.failure === undefined;
    const baseline = { test, text, passes, durationMs: isDone ? result.durationMs : limitMs };
    if (passes) this.#baselines.add(baseline);
    return baseline;
  }
}
