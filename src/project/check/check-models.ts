import { join } from "node:path";
import { type FoundSubjects, findSubjects, isInProcess, paperRender, type Subject } from "../../evaluation/index.ts";
import { cutPromptNotice, defaultVotes, recordName } from "../../models/index.ts";
import { Spending, withBudget } from "../../spending/index.ts";
import { contentHash, makeFolder } from "../../storage/index.ts";
import type { ConfiguredModel, LoadedConfig } from "../config/config.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { type ModelsOptions, modelOf, openConfigured, openRole } from "../models.ts";

/** Who is asked, and for what: the bot, or the judge that reads its answers. */
export type CheckRole = "initial" | "judge";

/** A model in its role, before it is opened. */
export interface CheckModel {
  readonly role: CheckRole;
  readonly model: ConfiguredModel;
}

/** The bots of a check: those that are named, else the project's own. */
export function checkedModels(loaded: LoadedConfig, names: readonly string[]): CheckModel[] {
  if (names.length === 0) return [{ role: "initial", model: modelOf(loaded, "initial") }];
  return names.map((name) => ({ role: "initial", model: findConfigured(loaded, name) }));
}

/** The judge of a check: the one that is named, else the project's judge, feedback or initial model, in this order. */
export function judgeModel(loaded: LoadedConfig, name: string | undefined): CheckModel {
  const model =
    name === undefined ? (loaded.models.judge ?? modelOf(loaded, "feedback")) : findConfigured(loaded, name);
  return { role: "judge", model };
}

/** A model of the configuration by its name, with its settings; else one by its name alone. */
function findConfigured({ models }: LoadedConfig, name: string): ConfiguredModel {
  return Object.values(models).find((model) => model.name === name) ?? { name, settings: {}, model: name };
}

/** What is asked beside a check, counted in a folder of its own and without a limit. */
export function openSpending(folder: string): Spending {
  makeFolder(folder);
  return new Spending(join(folder, "spending.json"), {}, {});
}

export interface CheckModelsOptions {
  readonly loaded: LoadedConfig;
  readonly env: ModelsOptions["env"];
  readonly signal: AbortSignal;
  readonly cache?: string | false | undefined;
  readonly spending: Spending;
  readonly warn: (text: string) => void;
}

/**
 * What a name stands for: a run's checkpoints, a folder, a file, or a hosted model, which is opened when it is first asked,
 * within the budget. @throws PreceptError as `findSubjects` and `openRole`.
 */
export async function openSubjects(
  { role, model }: CheckModel,
  options: CheckModelsOptions,
): Promise<readonly Subject[]> {
  const { loaded, env, signal, cache, spending, warn } = options;
  // A bot that continues text is asked in the paper's format; a judge answers turns.
  const render = role === "initial" && loaded.config.format === "paper" ? paperRender : undefined;
  const noteCut = cutPromptNotice(warn);
  const onEvent: ModelsOptions["onEvent"] = (own, event) => {
    spending.note(own, event);
    if (event.type === "warning") warn(event.text);
    noteCut(recordName(model.name), event);
  };
  if (model.model === model.name && isInProcess(model.name) && !/^(?:local|llamacpp):/u.test(model.name)) {
    const found: FoundSubjects = await findSubjects(model.name, [harborWorld]);
    return found.subjects;
  }
  if (/^(?:local|llamacpp):/u.test(model.name)) {
    const { name, key, open } = await openRole(role, model, loaded, spending, { env, signal, cache, onEvent });
    return [{ name, hash: key, open, render }];
  }
  const votes = model.settings.votes ?? defaultVotes;
  const open = async () => {
    const opened = await openConfigured(model, loaded, {
      env,
      signal,
      cache,
      onEvent: (event) => onEvent(role, event),
    });
    return withBudget(opened, role, votes, spending);
  };
  return [{ name: recordName(model.name), hash: contentHash({ model: model.name }), open, render }];
}
