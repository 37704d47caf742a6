import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Constitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import {
  type Benchmark,
  type BenchmarkOptions,
  type BenchmarkPlan,
  checkSuite,
  defaultBenchmarkOptions,
  type FileVersion,
  isInProcess,
  type PlannedSubjects,
  planBenchmark,
  planSubject,
  type Task,
  takeTasks,
} from "../../evaluation/index.ts";
import type { PromptItem } from "../../records/index.ts";
import type { Price } from "../../spending/index.ts";
import { contentHash } from "../../storage/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { constitutionOf } from "../constitution.ts";
import { collectPrompts, type PromptSetOptions } from "../prompts/prompt-set.ts";
import { type CheckModel, checkedModels, judgeModel } from "./check-models.ts";

export interface PrepareCheckOptions {
  readonly loaded: LoadedConfig;
  /** The bots: a model, a checkpoint or a run each; default the project's initial model. */
  readonly names?: readonly string[];
  readonly judge?: string | undefined;
  /** Prompts; default all. */
  readonly items?: number | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly skipBad?: boolean;
  readonly download?: PromptSetOptions["download"] | undefined;
}

/** A check before anything is asked: who is asked what, and who judges. */
export interface ReadyCheck {
  readonly loaded: LoadedConfig;
  readonly constitution: Constitution;
  readonly benchmark: Benchmark;
  readonly tasks: readonly Task[];
  readonly available: number;
  readonly versions: readonly FileVersion[];
  readonly options: BenchmarkOptions;
  readonly models: readonly CheckModel[];
  readonly judge: CheckModel;
  readonly prompts: {
    readonly redTeam: number;
    readonly helpful: number;
    /** With more than one turn of the person. */
    readonly dialogues: number;
    readonly bad: number;
    readonly duplicates: number;
    readonly faults: readonly string[];
  };
}

const defaultAnswerTokens = 512;
/** Prompts that are worked on together: hosted models take many calls at once, a model in this process moves slowly. */
export const batches = { hosted: 64, inProcess: 8 };

/** Reads constitution, prompts and models of a check. @throws PreceptError what is wrong with them. */
export async function prepareCheck(options: PrepareCheckOptions): Promise<ReadyCheck> {
  const { loaded, names = [], samples, seed = loaded.config.seed ?? 1 } = options;
  const { config } = loaded;
  const n = options.items ?? config.check?.items;
  refuseWorld(loaded);
  const constitution = await constitutionOf(loaded);
  const { items, hash, ...left } = await readPrompts(options);
  const benchmark = suiteOf(loaded, constitution, items);
  const { tasks, available } = await takeTasks(benchmark.load([]), n, seed);
  const chosen = new Set(tasks.map(({ id }) => id));
  const models = checkedModels(loaded, names);
  const judge = judgeModel(loaded, options.judge);
  const isHosted = [...models, judge].every(({ model }) => !isInProcess(model.name));
  return {
    loaded,
    constitution,
    benchmark,
    tasks,
    available,
    versions: [
      { path: "constitution.yaml", sha256: constitution.hash },
      { path: "prompts.jsonl", sha256: hash },
    ],
    options: {
      ...defaultBenchmarkOptions,
      seed,
      n,
      samples: samples ?? config.check?.samples ?? 1,
      batch: isHosted ? batches.hosted : batches.inProcess,
    },
    models,
    judge,
    prompts: { ...left, ...sizesOf(items.filter(({ id }) => chosen.has(id))) },
  };
}

/** The suite that asks a constitution of answers to these prompts, as the configuration says. */
export function suiteOf({ config }: LoadedConfig, constitution: Constitution, items: readonly PromptItem[]): Benchmark {
  return checkSuite({
    constitution,
    prompts: items,
    maxTokens: config.check?.answerTokens ?? config.sampling?.responseTokens ?? defaultAnswerTokens,
    temperature: config.check?.temperature ?? config.sampling?.temperature ?? 1,
  });
}

async function readPrompts({ loaded, skipBad = false, download }: PrepareCheckOptions) {
  const { config } = loaded;
  const folder = mkdtempSync(join(tmpdir(), "precept-check-"));
  try {
    const own = { ...loaded, config: { ...config, prompts: config.check?.prompts ?? config.prompts } };
    const { of, bad, duplicates, faults } = await collectPrompts(own, folder, { skipBad, download });
    const source = of["sl-cai"];
    return { items: await Array.fromAsync(source.items()), hash: source.hash, bad, duplicates, faults };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How many prompts of each kind there are. */
export function sizesOf(items: readonly PromptItem[]) {
  const count = (is: (item: PromptItem) => boolean): number => items.filter(is).length;
  return {
    redTeam: count(({ kind }) => kind === "red-team"),
    helpful: count(({ kind }) => kind === "helpful"),
    dialogues: count(({ messages }) => messages.filter(({ role }) => role === "user").length > 1),
  };
}

function refuseWorld({ config: { world } }: LoadedConfig): void {
  if (world === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Checking a project on harbor",
    found: "a world that measures its own model, with an oracle",
    expected: "a project with models and prompts of its own",
    remedy: "precept run, then precept evaluate on its folder",
  });
}

/** What a check would take, and how wide its intervals will be; asks nothing. */
export function planCheck(
  { benchmark, tasks, available, options, models, judge }: ReadyCheck,
  prices: Readonly<Record<string, Price>> = {},
): { readonly models: PlannedSubjects; readonly plan: BenchmarkPlan } {
  const of = (name: string) => planSubject(name, isInProcess(name), prices);
  const planned: PlannedSubjects = {
    target: of(models[0]?.model.name ?? ""),
    count: models.length,
    judge: of(judge.model.name),
  };
  return { models: planned, plan: planBenchmark(benchmark, tasks, available, options.samples, planned) };
}

/** Names a check by everything but the bots, so that what was asked before lies in a folder of its own. */
export function checkKey({ constitution, versions, options, judge, benchmark }: ReadyCheck): string {
  const { seed, n = null, samples } = options;
  return contentHash({
    constitution: constitution.hash,
    prompts: versions.map(({ sha256 }) => sha256),
    judge: judge.model.name,
    options: [seed, n, samples, benchmark.temperature],
  }).slice(0, 8);
}
