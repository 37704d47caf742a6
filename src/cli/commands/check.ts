import { relative } from "node:path";
import { errorJUnit, gateExitCode, gatesJUnit, gatesMarkdown } from "../../evaluation/index.ts";
import { checkProject, hubPrompts, loadConfig, planCheck, prepareCheck, writePrompts } from "../../project/index.ts";
import { writeReport } from "../../report/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { linkTo, pageOf } from "../layout.ts";
import { showBenchmarkPlan } from "../show-benchmark-plan.ts";
import { showCheck, showChecked, showGates, showWritten } from "../show-check.ts";

export interface CheckFlags {
  readonly config?: string;
  readonly judge?: string | undefined;
  readonly baseline?: string | undefined;
  readonly items?: number;
  readonly samples?: number;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly certificates?: string;
  readonly writePrompts?: number;
  readonly plan: boolean;
  readonly maxCost?: number;
  readonly maxCalls?: number;
  readonly junit?: string;
  readonly summary?: string | undefined;
  readonly skipBad: boolean;
  readonly noCache: boolean;
  readonly json: boolean;
}

/** precept check [MODEL …]: a project's constitution against its bot, principle by principle; exits 0, 3 or 4 by its gates. */
export async function check(this: CliContext, flags: CheckFlags, ...names: readonly string[]): Promise<void> {
  const start = performance.now();
  try {
    await checkWith(this, flags, names, start);
  } catch (error) {
    const { junit } = flags;
    if (junit !== undefined) writeOutput(junit, errorJUnit(error instanceof Error ? error.message : String(error)));
    throw error;
  }
}

async function checkWith(
  context: CliContext,
  flags: CheckFlags,
  names: readonly string[],
  start: number,
): Promise<void> {
  const { json, signal, env, command } = { ...context, ...flags };
  const loaded = await loadConfig(flags.config);
  const progress = progressOf(context, json);
  const download = (name: string, split?: string) => hubPrompts(name, { split, progress, signal });
  const page = pageOf(context.process.stdout, env);
  const { judge, items, samples, seed, skipBad, junit, summary } = flags;
  if (flags.writePrompts !== undefined) {
    const written = await writePrompts({
      loaded,
      perPrinciple: flags.writePrompts,
      writer: judge,
      seed,
      env,
      signal,
      progress,
      cache: flags.noCache ? false : undefined,
    });
    if (json) printJson(context, written);
    else print(context, showWritten(written));
    return;
  }
  const ready = await prepareCheck({ loaded, names, judge, items, samples, seed, skipBad, download });
  const planned = planCheck(ready, loaded.config.prices);
  if (flags.plan) {
    if (json) printJson(context, planned.plan);
    else print(context, showBenchmarkPlan([planned.plan], planned.models, page));
    return;
  }
  if (!json) print(context, showCheck(ready, planned.plan, page));
  const checked = await checkProject({
    ready,
    env,
    command,
    progress,
    signal,
    baseline: flags.baseline,
    folder: flags.out,
    certificates: flags.certificates,
    budget: { maxCost: flags.maxCost, maxCalls: flags.maxCalls },
    cache: flags.noCache ? false : undefined,
    warn: (text) => void context.process.stderr.write(`precept: warning: ${text}\n`),
  });
  const gates = checked.subjects.flatMap(({ gates: own }) => own);
  if (junit !== undefined && gates.length > 0) {
    writeOutput(junit, gatesJUnit(gates, (performance.now() - start) / 1000));
  }
  if (summary !== undefined && gates.length > 0) writeOutput(summary, gatesMarkdown(gates));
  const folder = relative(process.cwd(), checked.folder) || ".";
  const report = await writeReport(checked.folder);
  if (json) {
    const { spending, ...rest } = checked;
    printJson(context, {
      ...rest,
      folder,
      report: relative(process.cwd(), report),
      spent: { calls: spending.calls, cost: spending.cost, roles: spending.roles },
    });
  } else {
    print(context, showChecked(checked, folder, page));
    if (gates.length > 0) print(context, `\n${showGates(gates, page)}`);
    print(context, `\n${linkTo(report, page)}`);
  }
  if (gates.length > 0) context.process.exitCode = gateExitCode(gates);
}
