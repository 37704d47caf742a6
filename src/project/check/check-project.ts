import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { constitutionToJson } from "../../constitution/index.ts";
import { benchmarkStage, readMeasuredSubject, runBenchmark } from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { type Budget, priceOf, refuseUnpriced, Spending } from "../../spending/index.ts";
import { toFileName, writeWhole } from "../../storage/index.ts";
import { openSubjects } from "./check-models.ts";
import { type Concluded, concludeCheck, type JudgedSubject } from "./conclude.ts";
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

export interface Checked extends Concluded {
  readonly folder: string;
  readonly spending: Spending;
}

/**
 * A constitution against bots: their answers to the project's prompts, read principle by principle. Every bot is a run of
 * its own below one folder; the same command continues after any interruption.
 * @throws PreceptError config-invalid for gates on no principle; usage, budget-reached, interrupted; what the models throw.
 */
export async function checkProject(options: CheckOptions): Promise<Checked> {
  const { ready, budget = {}, progress, signal, env, command, cache } = options;
  const warnings: string[] = [];
  const warn = (text: string): void => {
    warnings.push(text);
    options.warn(text);
  };
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
  // Read before anything is asked: a check may take the place of the one that it is compared with.
  const baseline =
    options.baseline === undefined
      ? undefined
      : { folder: options.baseline, subject: await readMeasuredSubject(options.baseline) };
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
  const measured: JudgedSubject[] = [];
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
        const records = join(own, benchmarkStage.name, "records.jsonl");
        measured.push({ name: subject.name, folder: own, records, summary });
      }
    }
  } finally {
    spending.save();
    progress.finish();
  }
  const concluded = await concludeCheck({
    folder,
    ready,
    measured,
    baseline,
    certificates: options.certificates,
    command,
    warnings,
    spent: spending.roles,
    warn: options.warn,
  });
  return { folder, ...concluded, spending };
}
