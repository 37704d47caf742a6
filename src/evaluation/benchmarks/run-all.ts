import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Env } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { type Price, refuseUnpriced, Spending } from "../../spending/index.ts";
import { toFileName, writeWhole } from "../../storage/index.ts";
import {
  type BenchmarkPlan,
  type BenchmarkSummary,
  benchmarkStage,
  type PlannedSubjects,
  planBenchmark,
  planSubject,
  runBenchmark,
  type Subject,
} from "../benchmark/index.ts";
import { readStandings } from "../certificates/kept.ts";
import type { Standing } from "../certificates/standing.ts";
import { type EmbeddedWorld, type FoundSubjects, findSubject, isInProcess, openWithin } from "../subjects/index.ts";
import type { ReadyBenchmark } from "./prepare.ts";

export interface RunBenchmarksOptions {
  readonly found: FoundSubjects;
  readonly ready: readonly ReadyBenchmark[];
  readonly judge?: string | undefined;
  readonly attacker?: string | undefined;
  /** By model, in dollars per million tokens; they go before the listed ones. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  /** US dollars over everything that was ever asked for this folder. */
  readonly maxCost?: number | undefined;
  /** The subjects themselves count what they are asked, and keep within a budget. */
  readonly areMetered?: boolean | undefined;
  /** Default `benchmarksFolder`. */
  readonly folder?: string | undefined;
  /** Where certificates of judges are kept. */
  readonly certificates: string;
  readonly worlds?: readonly EmbeddedWorld[] | undefined;
  readonly env: Env;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly warn: (text: string) => void;
  /** Called after every benchmark with what it says about each subject. */
  readonly onBenchmark?: (ready: ReadyBenchmark, summaries: readonly BenchmarkSummary[]) => void;
}

export interface RanBenchmarks {
  readonly folder: string;
  /** Where all summaries stand together. */
  readonly path: string;
  readonly summaries: readonly BenchmarkSummary[];
  /** What is known of every judge. */
  readonly standings: readonly Standing[];
  readonly spending: Spending;
}

type Role = "target" | "attacker" | "judge";

/** What every benchmark would take and tell, before anything is asked. */
export function planBenchmarks({
  found,
  ready,
  judge,
  attacker,
  prices = {},
}: Pick<RunBenchmarksOptions, "found" | "ready" | "judge" | "attacker" | "prices">): {
  readonly models: PlannedSubjects;
  readonly plans: readonly BenchmarkPlan[];
} {
  const of = (name: string) => planSubject(name, isInProcess(name), prices);
  const models: PlannedSubjects = {
    target: of(found.text),
    count: found.subjects.length,
    judge: judge === undefined ? undefined : of(judge),
    attacker: attacker === undefined ? undefined : of(attacker),
  };
  const plans = ready.map(({ benchmark, tasks, available, options }) =>
    planBenchmark(benchmark, tasks, available, options.samples, models),
  );
  return { models, plans };
}

/**
 * Every benchmark on every subject, each pair as a run of its own below one folder; hosted models within one budget.
 * @throws PreceptError usage where a limit in dollars meets a model without a price; what `runBenchmark` throws.
 */
export async function runBenchmarks(options: RunBenchmarksOptions): Promise<RanBenchmarks> {
  const { found, ready, maxCost, env, command, progress, signal, warn, worlds, certificates } = options;
  const { models, plans } = planBenchmarks(options);
  const asked = plans.flatMap(({ roles }) => roles);
  refuseUnpriced(
    asked.map(({ model, cost }) => ({ name: model, isPriced: cost !== undefined })),
    maxCost,
    (name) => `--price ${name}=IN,OUT, in dollars per million tokens`,
  );
  const folder = options.folder ?? benchmarksFolder(found.text);
  mkdirSync(folder, { recursive: true });
  const { count: _, ...byRole } = models;
  const prices = Object.fromEntries(
    Object.entries(byRole).flatMap(([role, model]) => (model?.price === undefined ? [] : [[role, model.price]])),
  );
  const spending = new Spending(join(folder, "spending.json"), { maxCost }, prices);
  const open = openWithin({ spending, env, signal, warn });
  const within = (role: Role, name: string, subject: Subject): Subject =>
    isInProcess(name) ? subject : { ...subject, open: () => open(role, name) };
  const helper = async (role: Role, name: string | undefined): Promise<Subject | undefined> =>
    name === undefined ? undefined : within(role, name, await findSubject(name, worlds));
  const judge = await helper("judge", options.judge);
  const attacker = await helper("attacker", options.attacker);
  const summaries: BenchmarkSummary[] = [];
  try {
    for (const one of ready) {
      const { options: own, ...rest } = one;
      const { benchmark } = one;
      const measured: BenchmarkSummary[] = [];
      for (const subject of found.subjects) {
        const job = {
          ...rest,
          progress,
          command,
          signal,
          attacker,
          constitutionHash: found.constitutionHash,
          subject: options.areMetered === true ? subject : within("target", found.text, subject),
          folder: join(folder, toFileName(subject.name), benchmark.id),
          judge: benchmark.judge === undefined ? undefined : judge,
        };
        measured.push(await runBenchmark(job, own));
      }
      summaries.push(...measured);
      options.onBenchmark?.(one, measured);
    }
  } finally {
    spending.save();
  }
  const path = join(folder, "suites.json");
  writeWhole(path, `${JSON.stringify(summaries, null, 2)}\n`);
  return { folder, path, summaries, standings: readStandings(summaries, certificates, warn), spending };
}

/** Where `runBenchmarks` keeps a subject's answers to a benchmark. */
export const answersOf = (folder: string, subject: string, benchmark: string): string =>
  join(folder, toFileName(subject), benchmark, benchmarkStage.name, "records.jsonl");

/** Where results of benchmarks go unless told otherwise: into the run, or beside all runs. */
export function benchmarksFolder(target: string): string {
  return existsSync(join(target, "manifest.json")) ? join(target, "suites") : `runs/evaluate-${toFileName(target)}`;
}
