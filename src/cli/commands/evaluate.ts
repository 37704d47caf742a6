import { join, relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  answerSchema,
  answersOf,
  benchmarks,
  certificatesFolder,
  type FoundSubjects,
  findSubjects,
  planBenchmarks,
  prepareBenchmarks,
  type ReadyBenchmark,
  readShots,
  runBenchmarks,
  standingText,
  summariseStored,
} from "../../evaluation/index.ts";
import { type GuardedSummary, harborWorld, replayGuard } from "../../project/index.ts";
import { readRecords } from "../../records/index.ts";
import { totalOf } from "../../spending/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showBenchmarkPlan } from "../show-benchmark-plan.ts";
import { showBenchmark } from "../show-benchmarks.ts";
import { showGuarded } from "../show-guarded.ts";
import { parsePrice, showSpent } from "../show-spent.ts";
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
  readonly guard?: string | undefined;
  readonly fewShot?: string | undefined;
  readonly plan: boolean;
  readonly json: boolean;
}

/** precept evaluate RUN: the stage of the method; with --suite, benchmarks on a run's checkpoints or on any model. */
export async function evaluate(this: CliContext, flags: EvaluateFlags, target: string): Promise<void> {
  if (flags.suite === undefined) {
    refuseWithoutSuite(flags);
    return laterStage("evaluate").call(this, { json: flags.json }, target);
  }
  return evaluateBenchmarks(this, flags, flags.suite, target);
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

async function evaluateBenchmarks(
  context: CliContext,
  flags: EvaluateFlags,
  suites: string,
  text: string,
): Promise<void> {
  const { judge, attacker, items, samples, seed, maxCost, json } = flags;
  const stored = /\.(?:(?:jsonl|ndjson|json|csv|tsv)(?:\.gz)?|parquet)$/i.test(text);
  const worlds = [harborWorld];
  const warn = (line: string): void => void context.process.stderr.write(`precept: warning: ${line}\n`);
  const notice = stored ? undefined : await (await import("../../models/local/index.ts")).memoryNotice(text);
  if (notice !== undefined) warn(notice);
  const found = stored ? { text, subjects: [] } : await findSubjects(text, worlds);
  if (flags.fewShot !== undefined && found.world !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Asking ${text} after examples`,
      found: "a model of harbor, which reads one request and nothing before it: the examples would be left out",
      expected: "a model that reads dialogues",
      remedy: "leave --few-shot out; on harbor no policy can ask for it",
    });
  }
  const ready = await prepareBenchmarks(
    suites.split(",").map((name) => name.trim()),
    {
      data: flags.data ?? (context.env["PRECEPT_DATA"] === undefined ? [] : [context.env["PRECEPT_DATA"]]),
      own: found.world?.benchmarks(found.run),
      items,
      samples,
      seed,
      shots: flags.fewShot === undefined ? undefined : await readShots(flags.fewShot),
      signal: context.signal,
      hasJudge: judge !== undefined,
      hasAttacker: attacker !== undefined,
    },
  );
  for (const { warning } of ready.flatMap(({ versions }) => versions)) if (warning !== undefined) warn(warning);
  if (stored) return scoreAnswers(context, json, ready, text);
  const prices = Object.fromEntries((flags.price ?? []).map(parsePrice));
  const { models, plans } = planBenchmarks({ found, ready, judge, attacker, prices });
  const page = pageOf(context.process.stdout, context.env);
  if (flags.plan && json)
    return printJson(context, { suites: plans, total: totalOf(plans.flatMap(({ roles }) => roles)) });
  if (!json) print(context, `${showBenchmarkPlan(plans, models, page)}${flags.plan ? "" : "\n"}`);
  if (flags.plan) return;

  const { folder, path, summaries, standings, spending } = await runBenchmarks({
    found,
    ready,
    judge,
    attacker,
    prices,
    maxCost,
    worlds,
    warn,
    folder: flags.out,
    certificates: flags.certificates ?? certificatesFolder,
    env: context.env,
    command: context.command,
    signal: context.signal,
    progress: progressOf(context, json),
    onBenchmark: ({ benchmark }, own) => {
      if (!json) print(context, `${showBenchmark(benchmark, own, page)}\n`);
    },
  });
  const { calls, cost, roles } = spending;
  const guarded =
    flags.guard === undefined ? [] : await replayAll(context, flags.guard, { found, ready, folder, json });
  if (json)
    return printJson(context, { folder, suites: summaries, judges: standings, guarded, spent: { calls, cost, roles } });
  const lines = [...standings.map(standingText), ...showSpent(spending), relative(process.cwd(), path)];
  print(context, lines.join("\n"));
}

interface Replay {
  readonly found: FoundSubjects;
  readonly ready: readonly ReadyBenchmark[];
  readonly folder: string;
  readonly json: boolean;
}

/** Every benchmark's answers put through a guard; guarded.json holds what came of it. */
async function replayAll(context: CliContext, policy: string, { found, ready, folder, json }: Replay) {
  const warn = (line: string): void => void context.process.stderr.write(`precept: warning: ${line}\n`);
  const { openGuard } = await import("../../guard/index.ts");
  const guard = await openGuard(policy, {
    env: context.env,
    onWarning: warn,
    onFailure: (error) => warn(String(error)),
  });
  const page = pageOf(context.process.stdout, context.env);
  const progress = progressOf(context, json);
  const all: (GuardedSummary & { readonly benchmark: string; readonly subject: string })[] = [];
  try {
    for (const { benchmark, tasks } of ready) {
      for (const { name } of found.subjects) {
        progress.start(benchmark.id, `${name} behind the guard`, tasks.length, "answers");
        const path = answersOf(folder, name, benchmark.id);
        const summary = await replayGuard(guard, readRecords(path, answerSchema), benchmark, () => progress.advance(1));
        progress.finish();
        all.push({ benchmark: benchmark.id, subject: name, ...summary });
        if (!json) print(context, `${showGuarded(`${benchmark.id}, ${name}`, summary, page)}\n`);
      }
    }
  } finally {
    progress.finish();
    await guard.close();
  }
  writeOutput(join(folder, "guarded.json"), `${JSON.stringify({ policy: guard.policyHash, guarded: all }, null, 2)}\n`);
  return all;
}

/** Answers that were got elsewhere, {id, response} a line: scored by rule, nothing is asked. */
async function scoreAnswers(
  context: CliContext,
  json: boolean,
  ready: readonly ReadyBenchmark[],
  path: string,
): Promise<void> {
  const page = pageOf(context.process.stdout, context.env);
  for (const one of ready) {
    const summary = await summariseStored(one, path);
    if (json) printJson(context, summary);
    else print(context, `${showBenchmark(one.benchmark, [summary], page)}\n`);
  }
}
