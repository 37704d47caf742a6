import { basename, join } from "node:path";
import { PreceptError } from "../errors.ts";
import type { ClientShare } from "../runs/index.ts";
import { keepPlan, type Plan, readPlan, refuseUnpriced } from "../spending/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { FleetLead, type FleetOptions } from "./fleet/lead-fleet.ts";
import { describePrompts } from "./fleet/shared-prompts.ts";
import { takeShare } from "./fleet/take-share.ts";
import { methodOf } from "./method.ts";
import { judgeOf, modelOf, placeOf } from "./models.ts";
import { pricesIn, rolesAsked } from "./open-models.ts";
import { planPrompts } from "./plan-project.ts";
import { type Project, withProject } from "./project.ts";
import { keptPaths } from "./prompts/prompt-set.ts";
import type { ProjectOptions } from "./setting.ts";
import { type ProjectSummary, takeSteps } from "./take-steps.ts";

export interface RunProjectOptions extends Omit<ProjectOptions, "folder" | "share" | "shards"> {
  /** Folder of the run. Default: the configuration's, else runs/NAME beside it. */
  readonly folder?: string | undefined;
  /** Client processes that ask the models, in place of this one. */
  readonly fleet?: FleetOptions | undefined;
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
  if (options.fleet !== undefined) refuseOwnModels(loaded);
  refuseUnpricedModels(loaded, options.budget?.maxCost ?? loaded.config.budget?.maxCost);
  return withProject({ ...options, folder, shards: options.fleet?.shards }, async (project) => {
    const isWorld = loaded.config.world !== undefined;
    if (!isWorld)
      keepPlan(project.run.folder, (await planPrompts({ loaded, env, signal }, project.setting.prompts)).plan);
    const summary = await takeShared(project, options);
    const plan = isWorld ? undefined : readPlan(project.run.folder);
    if (!isWorld) project.run.writeJson("project.json", { ...summary, planned: plan });
    return { folder, summary, plan };
  });
}

/** A client's share of the run that `runProject` with a fleet merges. @throws as `runProject`. */
export async function joinProject(
  options: Omit<RunProjectOptions, "fleet">,
  share: Pick<ClientShare, "client" | "of" | "refuseAlone">,
): Promise<{ readonly folder: string }> {
  const { loaded, signal } = options;
  const folder = options.folder ?? defaultFolder(loaded);
  refuseOwnModels(loaded);
  await takeShare({ ...options, folder }, { ...share, signal });
  return { folder };
}

async function takeShared(
  project: Project,
  { env, fleet, progress, signal }: RunProjectOptions,
): Promise<ProjectSummary> {
  const { run, setting, context } = project;
  const { spending, prompts } = setting;
  if (fleet === undefined || spending === undefined) return takeSteps(project, env);
  const inputs = describePrompts(run.folder, prompts, keptPaths(project.loaded, run.folder));
  const lead = new FleetLead({ ...fleet, run, progress, signal, spending, inputs });
  const led = { ...project, context: { ...context, readTokensElsewhere: () => lead.tokens } };
  try {
    return await takeSteps(led, env);
  } finally {
    await lead.end();
  }
}

/**
 * @throws PreceptError usage: a model in the process takes the whole processor, and every client would hold it once more. So a client
 * trains nothing, either: what is trained here is asked here.
 */
function refuseOwnModels(loaded: LoadedConfig): void {
  const found = loaded.config.world === undefined ? ownModels(loaded) : "a project on harbor, whose model runs";
  if (found === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Sharing a run between several clients",
    found: `${found} in this process`,
    expected: "models that are asked over the network",
    remedy: "leave out --shards",
  });
}

/** Models that the shared stages would open in this process. */
function ownModels(loaded: LoadedConfig): string | undefined {
  const { judge } = loaded.models;
  const isJudged = judge !== undefined && methodOf(loaded).options.aiFeedback.contrast !== undefined;
  const models = [...rolesAsked(loaded).map((role) => modelOf(loaded, role)), ...(isJudged ? [judge] : [])];
  const own = new Set(models.filter((model) => placeOf(model, loaded) !== undefined).map(({ name }) => name));
  if (own.size === 0) return undefined;
  return `${[...own].join(", ")}, which ${own.size === 1 ? "runs" : "run"}`;
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
