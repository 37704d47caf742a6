import { join } from "node:path";
import { cutPromptNotice, recordName, tracingNotice } from "../models/index.ts";
import type { PromptItem } from "../records/index.ts";
import { ClientRun } from "../runs/index.ts";
import { type Budget, type Price, pricesByRole, Spending } from "../spending/index.ts";
import type { ModelRole } from "../stages/index.ts";
import { type LoadedConfig, type Role, roles } from "./config/config.ts";
import { readSharedPrompts } from "./fleet/shared-prompts.ts";
import { isTrainedHere } from "./local-recipe.ts";
import { methodOf } from "./method.ts";
import { judgeOf, modelOf, openRole } from "./models.ts";
import { collectMeasures } from "./prompt-benchmark.ts";
import { collectPrompts } from "./prompts/prompt-set.ts";
import type { Opening, ProjectOptions, Setting } from "./setting.ts";
import { trainHere } from "./train-here.ts";

/** Models of one's own as a kind of project: asked through one pool each, within a budget, with the prompts of its files. */
export async function openModels(
  opening: Opening,
  options: Pick<ProjectOptions, "env" | "cache" | "budget" | "training" | "measured">,
): Promise<Setting> {
  const { loaded, run, progress, signal, promptOptions } = opening;
  const { format } = loaded.config;
  const check = format === "paper" ? refuseSystemTurn : undefined;
  const prompts =
    run instanceof ClientRun
      ? readSharedPrompts(run.folder, run.notice.inputs)
      : await collectPrompts(loaded, run.folder, { ...promptOptions, check });
  const shards = run instanceof ClientRun ? run.notice.shards : 1;
  const budget = budgetOf(options.budget, loaded, shards);
  const spending = new Spending(join(run.ownFolder, "spending.json"), budget, pricesIn(loaded));
  const notice = tracingNotice(options.env);
  if (notice !== undefined) progress.message(`tracing      ${notice}`);
  const noteCut = cutPromptNotice((text) => progress.message(`warning      ${text}`));
  const open = (role: Role): Promise<ModelRole> => {
    const model = role === "judge" ? (judgeOf(loaded) ?? modelOf(loaded, "initial")) : modelOf(loaded, role);
    return openRole(role, model, loaded, spending, {
      env: options.env,
      signal,
      cache: options.cache,
      onEvent: (own, event) => {
        spending.note(own, event);
        if (event.type === "warning") progress.message(event.text);
        noteCut(recordName(model.name), event);
      },
    });
  };
  const opened = new Map<Role, Promise<ModelRole>>();
  const nameRole = async (role: Role): Promise<ModelRole> => {
    const model = await open(role);
    spending.nameModel(role, model.name);
    run.noteModel(role, model.name, role === "initial" ? `${loaded.config.constitution} on ${model.name}` : undefined);
    return model;
  };
  const role = (name: Role): Promise<ModelRole> => {
    const known = opened.get(name) ?? nameRole(name);
    opened.set(name, known);
    return known;
  };
  // A model that cannot be reached is known before another one has cost anything.
  const asked = rolesAsked(loaded, options.training !== undefined);
  for (const name of asked) await role(name);
  const { concurrency } = methodOf(loaded);
  const shared = { prompts, parameters: null, concurrency, role, spending };
  const { training, measured } = options;
  if (training !== undefined || !isTrainedHere(loaded)) return { ...shared, training, measured };
  const own = await trainHere(loaded, spending, { env: options.env, signal });
  return { ...shared, ...own, measured: await collectMeasures(opening, prompts) };
}

/** The roles that a run asks before anything is judged: the model that it fine-tunes itself is none of them. */
export function rolesAsked(loaded: LoadedConfig, isTrained = isTrainedHere(loaded)): Exclude<Role, "judge">[] {
  return [
    "initial",
    ...(loaded.models.reviser === undefined ? [] : (["reviser"] as const)),
    ...(isTrained || isTrainedHere(loaded) ? [] : (["slCai"] as const)),
    "feedback",
  ];
}

/** The configuration's limit is the run's: a client that was given none of its own has its part of it. */
function budgetOf(given: Budget | undefined, { config }: LoadedConfig, shards: number): Budget {
  const { maxCost, maxCalls } = config.budget ?? {};
  return {
    maxCost: given?.maxCost ?? (maxCost === undefined ? undefined : maxCost / shards),
    maxCalls: given?.maxCalls ?? (maxCalls === undefined ? undefined : Math.floor(maxCalls / shards)),
  };
}

/** Prices by role, as far as they are known. */
export function pricesIn(loaded: LoadedConfig): Record<string, Price> {
  const models = roles.map((role) => [role, (role === "judge" ? judgeOf(loaded) : modelOf(loaded, role))?.name]);
  // The checkpoints that a run makes are asked on the machine that the initial model is on.
  const evaluate = isTrainedHere(loaded) ? modelOf(loaded, "initial").name : undefined;
  return pricesByRole({ ...Object.fromEntries(models), evaluate }, loaded.config.prices);
}

function refuseSystemTurn({ messages }: PromptItem): string | undefined {
  return messages.some(({ role }) => role === "system")
    ? "a system turn, which the paper's format does not have"
    : undefined;
}
