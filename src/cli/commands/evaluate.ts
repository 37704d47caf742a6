import { existsSync, mkdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkSummary,
  defaultBenchmarkOptions,
  type FileVersion,
  findFiles,
  identify,
  isFileNamed,
  runBenchmark,
  type Subject,
  scoreStored,
  type Task,
  takeTasks,
} from "../../evaluation/benchmark/index.ts";
import { benchmarks } from "../../evaluation/benchmarks/index.ts";
import { standingText } from "../../evaluation/index.ts";
import { fetchFromHub, isRepositoryId } from "../../hub/index.ts";
import { cutPromptNotice } from "../../models/index.ts";
import { findNearest } from "../../nearest.ts";
import { benchmarksOfHarbor } from "../../project/index.ts";
import { Spending, totalOf } from "../../spending/index.ts";
import { contentHash, writeWhole } from "../../storage/index.ts";
import { certificatesFolder, standingsOf } from "../certificates.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { type PlannedModels, plannedModel, planSuite } from "../plan-suites.ts";
import { showSuitePlan } from "../show-suite-plan.ts";
import { showSuite } from "../show-suites.ts";
import { isInProcess, subjectOf, type Target, targetOf } from "../subjects.ts";
import { openWithin, parsePrice, pricesOf, refuseUnpriced, type SuiteRole, showSpent } from "../suite-budget.ts";
import { laterStage } from "./stage.ts";

export interface EvaluateFlags {
  readonly suite?: string;
  readonly data?: readonly string[];
  readonly items?: number;
  readonly samples?: number;
  readonly seed?: number | undefined;
  readonly judge?: string | undefined;
  readonly attacker?: string | undefined;
  readonly out?: string | undefined;
  readonly certificates?: string;
  readonly maxCost?: number;
  readonly price?: readonly string[] | undefined;
  readonly plan: boolean;
  readonly json: boolean;
}

/** precept evaluate RUN: the stage of the method; with --suite, benchmarks on a run's checkpoints or on any model. */
export async function evaluate(this: CliContext, flags: EvaluateFlags, target: string): Promise<void> {
  if (flags.suite === undefined) {
    refuseWithoutSuite(flags);
    return laterStage("evaluate").call(this, { json: flags.json }, target);
  }
  return evaluateSuites(this, flags, flags.suite, target);
}

function refuseWithoutSuite({ suite: _, json: __, plan, ...others }: EvaluateFlags): void {
  const given = Object.entries({ ...others, plan: plan || undefined });
  const [first] = given.flatMap(([name, value]) =>
    value === undefined ? [] : [name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)],
  );
  if (first === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Evaluating a run",
    found: `--${first} without --suite`,
    expected: "--suite NAME,NAME with it",
    remedy: `--suite ${[...benchmarks.keys()].slice(0, 3).join(",")}`,
  });
}

/** One suite with its data, before anything is asked. */
interface ReadySuite {
  readonly benchmark: Benchmark;
  readonly tasks: readonly Task[];
  readonly versions: readonly FileVersion[];
  readonly available: number;
  readonly options: BenchmarkOptions;
}

async function evaluateSuites(context: CliContext, flags: EvaluateFlags, suites: string, text: string): Promise<void> {
  const stored = /\.jsonl(\.gz)?$/.test(text) ? text : undefined;
  const target = stored === undefined ? await targetOf(text) : { subjects: [], isHarbor: false };
  const given = flags.data ?? (context.env["PRECEPT_DATA"] === undefined ? [] : [context.env["PRECEPT_DATA"]]);
  const chosen = suites.split(",").map((name) => benchmarkNamed(name.trim(), target));
  const data = await Promise.all(given.map((place) => dataFolder(context, place, chosen)));
  const models = modelsOf(flags, text, target.subjects.length);
  const ready: ReadySuite[] = [];
  for (const benchmark of chosen) {
    checkNeeds(benchmark, flags);
    ready.push(await readySuite(benchmark, data, flags));
  }
  for (const { warning } of ready.flatMap(({ versions }) => versions))
    if (warning !== undefined) context.process.stderr.write(`precept: warning: ${warning}\n`);
  if (stored !== undefined) return scoreAnswers(context, flags.json, ready, stored);
  const plans = ready.map(({ benchmark, tasks, available, options }) =>
    planSuite(benchmark, tasks, available, options.samples, models),
  );
  const page = pageOf(context.process.stdout, context.env);
  if (flags.plan && flags.json)
    return printJson(context, { suites: plans, total: totalOf(plans.flatMap(({ roles }) => roles)) });
  if (!flags.json) print(context, `${showSuitePlan(plans, models, page)}${flags.plan ? "" : "\n"}`);
  if (flags.plan) return;

  refuseUnpriced(plans, flags.maxCost);
  const folder = flags.out ?? suiteFolder(text);
  mkdirSync(folder, { recursive: true });
  const spending = new Spending(join(folder, "spending.json"), { maxCost: flags.maxCost }, pricesOf(models));
  const warn = (line: string): void => void context.process.stderr.write(`precept: warning: ${line}\n`);
  const noteCut = cutPromptNotice(warn);
  const within = (role: SuiteRole, name: string, subject: Subject): Subject =>
    isInProcess(name) ? subject : { ...subject, open: () => openWithin(context, role, name, spending, noteCut) };
  const judge = flags.judge === undefined ? undefined : within("judge", flags.judge, await subjectOf(flags.judge));
  const attacker =
    flags.attacker === undefined ? undefined : within("attacker", flags.attacker, await subjectOf(flags.attacker));
  const progress = progressOf(context, flags.json);
  const summaries: BenchmarkSummary[] = [];
  try {
    for (const { options, ...suite } of ready) {
      const { benchmark } = suite;
      const own: BenchmarkSummary[] = [];
      for (const subject of target.subjects) {
        const job = {
          ...suite,
          progress,
          command: context.command,
          signal: context.signal,
          subject: within("target", text, subject),
          folder: join(folder, slug(subject.name), benchmark.id),
          ...(judge === undefined || benchmark.judge === undefined ? {} : { judge }),
          attacker,
          constitutionHash: target.constitutionHash,
        };
        own.push(await runBenchmark(job, options));
      }
      summaries.push(...own);
      if (!flags.json) print(context, `${showSuite(benchmark, own, page)}\n`);
    }
  } finally {
    spending.save();
  }
  const path = join(folder, "suites.json");
  writeWhole(path, `${JSON.stringify(summaries, null, 2)}\n`);
  const judges = standingsOf(summaries, flags.certificates ?? certificatesFolder, warn);
  const spent = {
    calls: spending.calls,
    cost: spending.cost,
    roles: spending.roles,
  };
  if (flags.json) return printJson(context, { folder, suites: summaries, judges, spent });
  const lines = [...judges.map(standingText), ...showSpent(spending), relative(process.cwd(), path)];
  print(context, lines.join("\n"));
}

function modelsOf({ price = [], judge, attacker }: EvaluateFlags, text: string, subjects: number): PlannedModels {
  const prices = Object.fromEntries(price.map(parsePrice));
  const of = (name: string) => plannedModel(name, isInProcess(name), prices);
  return {
    target: of(text),
    subjects,
    judge: judge === undefined ? undefined : of(judge),
    attacker: attacker === undefined ? undefined : of(attacker),
  };
}

/** A folder or file of the user's, or a data set of a hub, of which only the suites' own files are fetched. */
async function dataFolder(context: CliContext, place: string, chosen: readonly Benchmark[]): Promise<string> {
  if (existsSync(place) || !place.startsWith("datasets/") || !isRepositoryId(place)) return place;
  const wanted = chosen.flatMap(({ files }) => files.flatMap(({ names }) => names));
  return fetchFromHub(place, {
    files: (path) => wanted.some((name) => isFileNamed(path, name)),
    signal: context.signal,
  });
}

/** Answers that were got elsewhere, {id, response} a line: scored by rule, nothing is asked. */
async function scoreAnswers(
  context: CliContext,
  json: boolean,
  ready: readonly ReadySuite[],
  path: string,
): Promise<void> {
  const page = pageOf(context.process.stdout, context.env);
  for (const { benchmark, tasks, versions, available } of ready) {
    const started = performance.now();
    const { result, answers } = await scoreStored(benchmark, tasks, path);
    const summary: BenchmarkSummary = {
      benchmark: benchmark.id,
      version: benchmark.version,
      title: benchmark.about.title,
      subject: basename(path),
      metric: contentHash({ benchmark: benchmark.id, version: benchmark.version, judge: null }),
      judge: null,
      data: versions.map(({ path: file, sha256, version }) => ({ path: basename(file), sha256, version })),
      ...{ available, samples: Math.max(1, Math.round(answers / tasks.length)), missing: {} },
      ...{ ...result, metrics: { ...result.metrics }, by: {} },
      seconds: (performance.now() - started) / 1000,
      tokens: 0,
    };
    if (json) printJson(context, summary);
    else print(context, `${showSuite(benchmark, [summary], page)}\n`);
  }
}

function benchmarkNamed(name: string, { isHarbor }: Target): Benchmark {
  const world = isHarbor ? benchmarksOfHarbor() : {};
  const found = Object.hasOwn(world, name) ? world[name] : benchmarks.get(name);
  if (found !== undefined) return found;
  const known = [...Object.keys(world), ...benchmarks.keys()];
  const [near] = findNearest(name, known, 1);
  throw new PreceptError("usage", {
    attempted: "Choosing suites",
    found: `"${name}"`,
    expected: `names of ${[...new Set(known)].join(", ")}`,
    remedy: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

function checkNeeds({ id, needs }: Benchmark, { judge, attacker }: EvaluateFlags): void {
  const missing =
    needs?.judge === true && judge === undefined
      ? "judge"
      : needs?.attacker === true && attacker === undefined
        ? "attacker"
        : undefined;
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Preparing ${id}`,
    found: `no ${missing}`,
    expected: `a model that ${missing === "judge" ? "reads the answers" : "writes the attacks"}`,
    remedy: `--${missing} provider:model (or local:FOLDER)`,
  });
}

async function readySuite(benchmark: Benchmark, data: readonly string[], flags: EvaluateFlags): Promise<ReadySuite> {
  const { seed = defaultBenchmarkOptions.seed, samples = defaultBenchmarkOptions.samples } = flags;
  const n = flags.items ?? benchmark.defaultItems;
  const files = benchmark.files.length === 0 ? [] : findFiles(benchmark, data);
  const versions = await identify(benchmark, files);
  const { tasks, available } = await takeTasks(benchmark.load(files), n, seed, benchmark.sampleBy);
  if (tasks.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Preparing ${benchmark.id}`,
      found: n === 0 ? "--n 0" : "no items in its files",
      expected: "one item or more",
      remedy: n === 0 ? "give a larger --n" : benchmark.get,
    });
  }
  const options = { ...defaultBenchmarkOptions, n, seed, samples };
  return { benchmark, tasks, versions, available, options };
}

/** Where results of suites go without --out. */
export function suiteFolder(target: string): string {
  return existsSync(join(target, "manifest.json")) ? join(target, "suites") : `runs/evaluate-${slug(target)}`;
}

function slug(text: string): string {
  return text
    .replace(/[^\w.-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
}
