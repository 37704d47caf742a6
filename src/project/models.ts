import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PreceptError } from "../errors.ts";
import {
  defaultVotes,
  type Env,
  isGgufName,
  type ModelEvent,
  type OpenModel,
  type OpenOptions,
  openModel,
  recordName,
} from "../models/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { type Spending, withBudget } from "../spending/index.ts";
import type { ModelRole } from "../stages/index.ts";
import { checkpointPlace, hashModel } from "../storage/index.ts";
import type { ConfiguredModel, LoadedConfig, Role } from "./config/config.ts";
import { defaultConcurrency } from "./method.ts";

/** The model that plays a role: its own, else the initial one. Nobody judges unless somebody is named. @throws RangeError on a world. */
export function modelOf({ models }: LoadedConfig, role: Exclude<Role, "judge">): ConfiguredModel {
  const model = models[role] ?? models.initial;
  if (model === undefined) throw new RangeError("a project on a world names no models");
  return model;
}

/** Who reads answers in a run: the model named for it, else, where the run checks, the one that compares. Nobody otherwise. */
export function judgeOf(loaded: LoadedConfig): ConfiguredModel | undefined {
  const { config, models } = loaded;
  if (models.judge !== undefined || config.world !== undefined) return models.judge;
  return config.check?.inRun === true ? modelOf(loaded, "feedback") : undefined;
}

export interface ModelsOptions {
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly onEvent: (role: Role, event: ModelEvent) => void;
  /** false: no cache; else its folder. Default: the shared one. */
  readonly cache?: string | false | undefined;
}

/** How a configured model is opened. */
export function openOptions(
  { settings }: ConfiguredModel,
  { config }: LoadedConfig,
  { env, signal, onEvent, cache }: Omit<ModelsOptions, "onEvent"> & { readonly onEvent: (event: ModelEvent) => void },
): OpenOptions {
  const { logprobs, rawCompletion, timeoutSeconds, maxConcurrency, baseUrls, headers, votes = defaultVotes } = settings;
  return {
    env,
    signal,
    votes,
    throughput: omitUndefined({
      maxConcurrency: maxConcurrency ?? config.concurrency ?? defaultConcurrency,
      timeoutMs: timeoutSeconds === undefined ? undefined : timeoutSeconds * 1000,
    }),
    capabilities: omitUndefined({ logprobs, rawCompletion }),
    cache,
    baseUrls,
    headers,
    onEvent,
  };
}

/** Opens a model by its configuration; a folder or file named in it is looked for beside the configuration. */
export function openConfigured(
  model: ConfiguredModel,
  loaded: LoadedConfig,
  options: Omit<ModelsOptions, "onEvent"> & { readonly onEvent: (event: ModelEvent) => void },
): Promise<OpenModel> {
  return openModel(placeBeside(model, loaded), openOptions(model, loaded, options));
}

function placeBeside(model: ConfiguredModel, loaded: LoadedConfig): ConfiguredModel["model"] {
  const place = placeOf(model, loaded);
  return place === undefined ? model.model : `${model.name.slice(0, model.name.indexOf(":"))}:${place}`;
}

/** The folder or file of a model that runs in this process; "RUN@STAGE" names one too. */
export function placeOf({ model, name }: ConfiguredModel, { folder }: LoadedConfig): string | undefined {
  const own = typeof model === "string" ? /^(?:local|llamacpp):(.+)$/.exec(name)?.[1] : undefined;
  return own === undefined ? undefined : checkpointPlace(resolve(folder, own));
}

/**
 * A role of the method, played by its model within the budget. Hosted models are opened at once, so that a wrong key is known
 * before any work; those in this process when they are first asked.
 * @throws PreceptError as `openModel`; input-invalid when the model cannot do what the format needs.
 */
export async function openRole(
  role: Role,
  model: ConfiguredModel,
  loaded: LoadedConfig,
  spending: Spending,
  options: ModelsOptions,
): Promise<ModelRole & { readonly report?: OpenModel["report"] }> {
  const votes = model.settings.votes ?? defaultVotes;
  const open = async (): Promise<OpenModel> => {
    const opened = await openConfigured(model, loaded, {
      ...options,
      onEvent: (event) => options.onEvent(role, event),
    });
    refuseUnable(opened, loaded, role);
    return opened;
  };
  const path = placeOf(model, loaded);
  if (path !== undefined) {
    refuseMissing(role, model, loaded);
    const key = await hashModel(path);
    const name = `${recordName(model.name)}@${key.slice(0, "sha256:".length + 12)}`;
    return { name, key, concurrency: 1, open: async () => withBudget(await open(), role, votes, spending) };
  }
  const opened = await open();
  return {
    name: opened.report.name,
    key: opened.report.id,
    report: opened.report,
    open: async () => withBudget(opened, role, votes, spending),
  };
}

/** @throws PreceptError checkpoint-missing where a model of this process is not there to be opened. */
export function refuseMissing(role: Role, model: ConfiguredModel, loaded: LoadedConfig): void {
  const path = placeOf(model, loaded);
  if (path === undefined) return;
  const attempted = `Opening ${model.name} for ${role}`;
  const isFolder = model.name.startsWith("local:") && !isGgufName(path);
  const is = statSync(path, { throwIfNoEntry: false });
  const isThere = isFolder
    ? ["config.json", "adapter_config.json", "manifest.json"].some((file) => existsSync(join(path, file))) ||
      existsSync(`${path}.previous`)
    : is?.isFile();
  if (isThere === true) return;
  throw new PreceptError("checkpoint-missing", {
    attempted,
    found: is === undefined ? `nothing at ${path}` : `no model at ${path}`,
    expected: isFolder ? "a folder with config.json and safetensors or an adapter, or a GGUF file" : "a GGUF file",
    remedy: "check the path in the configuration; it starts in the configuration's folder",
  });
}

function refuseUnable({ report }: OpenModel, { config }: LoadedConfig, role: Role): void {
  if (config.format !== "paper" || role === "judge" || report.capabilities.rawCompletion) return;
  throw new PreceptError("input-invalid", {
    attempted: `Using ${report.id} for ${role} in the paper's format`,
    found: "a model that answers turns only",
    expected: "a model that continues raw text (a completions endpoint, llamacpp: or local:)",
    remedy: 'format: "chat" in the configuration',
  });
}
