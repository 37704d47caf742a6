import { basename, join, relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  hubPrompts,
  type LoadedConfig,
  loadConfig,
  modelOf,
  planPrompts,
  pricesOf,
  runProject,
  withProject,
} from "../../project/index.ts";
import { keepPlan, readPlan } from "../../spending/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showProject } from "../show-project.ts";

export interface RunFlags {
  readonly config?: string;
  readonly out?: string | undefined;
  readonly maxCost?: number;
  readonly maxCalls?: number;
  readonly skipBad: boolean;
  readonly keepConstitution: boolean;
  readonly redo: boolean;
  readonly noCache: boolean;
  readonly json: boolean;
}

/** precept run: makes the data of a project, or continues where an earlier process stopped. */
export async function runCommand(this: CliContext, flags: RunFlags): Promise<void> {
  const loaded = await loadConfig(flags.config);
  const folder = flags.out ?? defaultOut(loaded);
  const budget = { maxCost: flags.maxCost, maxCalls: flags.maxCalls };
  refuseUnpriced(loaded, flags.maxCost ?? loaded.config.budget?.maxCost);
  const progress = progressOf(this, flags.json);
  const cache = flags.noCache ? { cache: false as const } : {};
  const options = {
    loaded,
    folder,
    command: this.command,
    progress,
    signal: this.signal,
    env: this.env,
    budget,
    ...cache,
    skipBad: flags.skipBad,
    keepConstitution: flags.keepConstitution,
    redo: flags.redo,
    download: (name: string, split?: string) => hubPrompts(name, { split, progress, signal: this.signal }),
  };
  const { summary, plan } = await withProject(options, async (project) => {
    const planned = await planPrompts({ loaded, env: this.env, signal: this.signal }, project.prompts);
    keepPlan(project.run.folder, planned.plan);
    const summary = await runProject(project, this.env);
    const plan = readPlan(project.run.folder);
    project.run.writeJson("project.json", { ...summary, planned: plan });
    return { summary, plan };
  });
  if (flags.json) printJson(this, { run: folder, ...summary, planned: plan });
  else
    print(
      this,
      showProject(summary, plan, relative(process.cwd(), folder) || ".", pageOf(this.process.stdout, this.env)),
    );
}

/** runs/ beside the configuration, named for its folder. */
function defaultOut({ folder, config }: LoadedConfig): string {
  return config.out === undefined ? join(folder, "runs", basename(folder) || "project") : join(folder, config.out);
}

/** @throws PreceptError usage: a limit in dollars needs a price for every model. */
function refuseUnpriced(loaded: LoadedConfig, maxCost: number | undefined): void {
  if (maxCost === undefined) return;
  const prices = pricesOf(loaded);
  const { judge } = loaded.models;
  const used = [
    ...(["initial", "slCai", "feedback"] as const).map((role) => ({ role, name: modelOf(loaded, role).name })),
    ...(judge === undefined ? [] : [{ role: "judge" as const, name: judge.name }]),
  ];
  const names = [...new Set(used.filter(({ role }) => prices[role] === undefined).map(({ name }) => name))];
  if (names.length === 0) return;
  throw new PreceptError("usage", {
    attempted: `Running with a limit of $${maxCost}`,
    found: `no price for ${names.join(", ")}`,
    expected: "a price for every model",
    remedy: `prices: { ${JSON.stringify(names[0])}: { input: 1, output: 2 } } in the configuration, in dollars a million tokens; or --max-calls`,
  });
}
