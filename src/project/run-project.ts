import { basename, join } from "node:path";
import { PreceptError } from "../errors.ts";
import { keepPlan, type Plan, readPlan } from "../spending/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { modelOf } from "./models.ts";
import { pricesByRole } from "./open-models.ts";
import { planPrompts } from "./plan-project.ts";
import { withProject } from "./project.ts";
import type { ProjectOptions } from "./setting.ts";
import { type ProjectSummary, takeSteps } from "./take-steps.ts";

export interface RunProjectOptions extends Omit<ProjectOptions, "folder"> {
  /** Folder of the run. Default: the configuration's, else runs/NAME beside it. */
  readonly folder?: string | undefined;
}

export interface ProjectRun {
  readonly folder: string;
  readonly summary: ProjectSummary;
  /** What it was expected to take, where asking its models costs something. */
  readonly plan?: Plan | undefined;
}

/**
 * Runs a project, or continues it where an earlier process stopped: data, training, measurement and the page, as far as its
 * models allow. @throws PreceptError config faults, run-invalid, budget-reached, interrupted; what the models throw.
 */
export async function runProject(options: RunProjectOptions): Promise<ProjectRun> {
  const { loaded, env, signal } = options;
  const folder = options.folder ?? defaultFolder(loaded);
  refuseUnpriced(loaded, options.budget?.maxCost ?? loaded.config.budget?.maxCost);
  return withProject({ ...options, folder }, async (project) => {
    const isWorld = loaded.config.world !== undefined;
    if (!isWorld)
      keepPlan(project.run.folder, (await planPrompts({ loaded, env, signal }, project.setting.prompts)).plan);
    const summary = await takeSteps(project, env);
    const plan = isWorld ? undefined : readPlan(project.run.folder);
    if (!isWorld) project.run.writeJson("project.json", { ...summary, planned: plan });
    return { folder, summary, plan };
  });
}

/** runs/ beside the configuration, named for its folder. */
function defaultFolder({ folder, config }: LoadedConfig): string {
  return config.out === undefined ? join(folder, "runs", basename(folder) || "project") : join(folder, config.out);
}

/** @throws PreceptError usage: a limit in dollars needs a price for every model. */
function refuseUnpriced(loaded: LoadedConfig, maxCost: number | undefined): void {
  if (maxCost === undefined || loaded.config.world !== undefined) return;
  const prices = pricesByRole(loaded);
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
    remedy: `prices: { ${JSON.stringify(names[0])}: { input: 1, output: 2 } } in the configuration, in dollars per million tokens; or --max-calls`,
  });
}
