import { basename, join } from "node:path";
import { keepPlan, type Plan, readPlan, refuseUnpriced } from "../spending/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { judgeOf, modelOf } from "./models.ts";
import { pricesIn, rolesAsked } from "./open-models.ts";
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
  refuseUnpricedModels(loaded, options.budget?.maxCost ?? loaded.config.budget?.maxCost);
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
function refuseUnpricedModels(loaded: LoadedConfig, maxCost: number | undefined): void {
  if (loaded.config.world !== undefined) return;
  const prices = pricesIn(loaded);
  const judge = judgeOf(loaded);
  const used = [
    ...rolesAsked(loaded).map((role) => ({ role, name: modelOf(loaded, role).name })),
    ...(judge === undefined ? [] : [{ role: "judge" as const, name: judge.name }]),
  ];
  refuseUnpriced(
    used.map(({ role, name }) => ({ name, isPriced: prices[role] !== undefined })),
    maxCost,
    (name) =>
      `prices: { ${JSON.stringify(name)}: { input: 1, output: 2 } } in the configuration, in dollars per million tokens; or --max-calls`,
  );
}
