import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { constitutionToJson } from "../../constitution/index.ts";
import {
  type BenchmarkSummary,
  type Comparison,
  certificatesFolder,
  compareSubjects,
  directionsOf,
  type GateResult,
  isBreaking,
  itemsOfAnswers,
  type MeasuredSubject,
  readMeasuredSubject,
  readStandings,
  runBenchmark,
  type Standing,
  type Subject,
} from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { type Budget, priceOf, refuseUnpriced, Spending } from "../../spending/index.ts";
import { toFileName, writeWhole } from "../../storage/index.ts";
import { openSubjects } from "./check-models.ts";
import { type Break, readAnswers } from "./found-breaks.ts";
import { type CheckOutcome, judgePrinciples } from "./judge-principles.ts";
import { checkKey, type ReadyCheck } from "./prepare.ts";

export interface CheckOptions {
  readonly ready: ReadyCheck;
  /** An earlier check's folder, with which every bot is compared. */
  readonly baseline?: string | undefined;
  /** Where it is kept; default runs/check-KEY beside the configuration. */
  readonly folder?: string | undefined;
  /** Where certificates of judges are; default certificates beside the configuration. */
  readonly certificates?: string | undefined;
  readonly budget?: Budget | undefined;
  readonly cache?: string | false | undefined;
  readonly env: Env;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly warn: (text: string) => void;
}

/** What a check says of one bot. */
export interface CheckedSubject {
  readonly name: string;
  /** The run of its answers. */
  readonly folder: string;
  readonly summary: BenchmarkSummary;
  /** All principles together, then each by itself. */
  readonly outcomes: readonly CheckOutcome[];
  /** Answers that broke a principle. */
  readonly breaks: readonly Break[];
  /** The configuration's gates alone. */
  readonly gates: readonly GateResult[];
}

export interface Checked {
  readonly folder: string;
  readonly subjects: readonly CheckedSubject[];
  readonly standings: readonly Standing[];
  /** Each bot against the baseline, or the later ones against the first, on the same prompts. */
  readonly comparisons: readonly Comparison[];
  readonly spending: Spending;
}

/**
 * A constitution against bots: their answers to the project's prompts, read principle by principle. Every bot is a run of
 * its own below one folder; the same command continues after any interruption.
 * @throws PreceptError config-invalid for gates on no principle; usage, budget-reached, interrupted; what the models throw.
 */
export async function checkProject(options: CheckOptions): Promise<Checked> {
  const { ready, budget = {}, progress, signal, env, command, cache, warn } = options;
  const { loaded, constitution, models, judge } = ready;
  const { config } = loaded;
  const folder = options.folder ?? join(loaded.folder, "runs", `check-${checkKey(ready)}`);
  const maxCost = budget.maxCost ?? config.budget?.maxCost;
  const used = [...models, judge].map(({ model }) => ({
    name: model.name,
    isPriced: /^(?:local|llamacpp):/u.test(model.name) || priceOf(model.name, config.prices) !== undefined,
  }));
  refuseUnpriced(
    used,
    maxCost,
    (name) => `prices: { ${JSON.stringify(name)}: { input: 1, output: 2 } } in the configuration`,
  );
  const baseline = options.baseline === undefined ? undefined : await readMeasuredSubject(options.baseline);
  mkdirSync(folder, { recursive: true });
  const prices = Object.fromEntries(
    [...models, judge].flatMap(({ role, model }) => {
      const price = priceOf(model.name, config.prices);
      return price === undefined ? [] : [[role, price] as const];
    }),
  );
  const limits = { maxCost, maxCalls: budget.maxCalls ?? config.budget?.maxCalls };
  const spending = new Spending(join(folder, "spending.json"), limits, prices);
  const opening = { loaded, env, signal, cache, spending, warn };
  const measured: { readonly subject: Subject; readonly folder: string; readonly summary: BenchmarkSummary }[] = [];
  try {
    const [reader] = await openSubjects(judge, opening);
    for (const model of models) {
      for (const subject of await openSubjects(model, opening)) {
        if (subject.name === reader?.name) {
          warn(
            `the judge ${subject.name} is the model that it judges: models favour their own answers; name another as models.judge`,
          );
        }
        const own = join(folder, toFileName(subject.name), ready.benchmark.id);
        const { benchmark, tasks, available, versions, options: asked } = ready;
        const summary = await runBenchmark(
          {
            folder: own,
            benchmark,
            tasks,
            available,
            versions,
            subject,
            judge: reader,
            constitutionHash: constitution.hash,
            command,
            progress,
            signal,
          },
          asked,
        );
        writeWhole(join(own, "constitution.json"), `${JSON.stringify(constitutionToJson(constitution), null, 2)}\n`);
        measured.push({ subject, folder: own, summary });
      }
    }
  } finally {
    spending.save();
    progress.finish();
  }
  const certificates = options.certificates ?? join(loaded.folder, certificatesFolder);
  const standings = readStandings(
    measured.map(({ summary }) => summary),
    certificates,
    warn,
  );
  const subjects: CheckedSubject[] = [];
  const items: MeasuredSubject[] = [];
  for (const { subject, folder: own, summary } of measured) {
    const { answers, breaks } = await readAnswers(own);
    const one = { name: subject.name, items: itemsOfAnswers(answers) };
    items.push(one);
    const judged = await judgePrinciples({ ready, subject: one, summary, standings });
    warnOfNothing(subject.name, answers, warn);
    subjects.push({ name: subject.name, folder: own, summary, breaks, ...judged });
  }
  const comparisons = compareAll(baseline, items);
  const checked = { folder, subjects, standings, comparisons };
  const kept = {
    subjects: subjects.map((one) => ({ ...one, folder: relative(folder, one.folder) })),
    standings,
    comparisons,
  };
  writeWhole(join(folder, "check.json"), `${JSON.stringify(kept, null, 2)}\n`);
  return { ...checked, spending };
}

/** By id, since a system prompt that changed changes every request. */
function compareAll(baseline: MeasuredSubject | undefined, items: readonly MeasuredSubject[]): Comparison[] {
  const [first, ...others] = items.map(keepBreaking);
  const before = baseline === undefined ? first : keepBreaking(baseline);
  const after = baseline === undefined ? others : items.map(keepBreaking);
  if (before === undefined) return [];
  return after.map((one) => compareSubjects(before, one, { matching: "id", by: [], directions: directionsOf() }));
}

/** What was at stake is no aim: fewer figures are fewer chances of a false one. */
function keepBreaking({ name, items }: MeasuredSubject): MeasuredSubject {
  const breaking = items.map((item) => ({
    ...item,
    values: Object.fromEntries(Object.entries(item.values).filter(([metric]) => isBreaking(metric))),
  }));
  return { name, items: breaking };
}

/** A bot that says nothing breaks nothing. */
function warnOfNothing(
  name: string,
  answers: readonly { readonly response: string }[],
  warn: (text: string) => void,
): void {
  const empty = answers.filter(({ response }) => response.trim() === "").length;
  if (empty > 0) warn(`${name} answered nothing to ${empty} of ${answers.length} prompts: they count as undetermined`);
}
