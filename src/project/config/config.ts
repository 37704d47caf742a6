import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import type { SdkModel } from "../../models/hosted/index.ts";
import { withProvider } from "../../models/index.ts";
import { checkConfig, type LineOf } from "./faults.ts";
import { importConfig } from "./import-config.ts";
import type { FileConfig, ModelSettings } from "./schema.ts";
import { readYaml } from "./yaml-file.ts";

export const roles = ["initial", "reviser", "slCai", "feedback", "judge"] as const;
export type Role = (typeof roles)[number];

/** A model of a configuration, checked: its name in records and plans, and what opens it. */
export interface ConfiguredModel {
  readonly name: string;
  readonly settings: Omit<ModelSettings, "model">;
  readonly model: string | SdkModel | LanguageModel;
}

export interface LoadedConfig {
  /** The file it came from. */
  readonly path: string;
  /** Where relative paths of the configuration start. */
  readonly folder: string;
  readonly config: Omit<FileConfig, "models">;
  /** By role; none where a world brings its own. */
  readonly models: Readonly<Partial<Record<Role, ConfiguredModel>>>;
}

export const configNames = [
  "precept.config.ts",
  "precept.config.js",
  "precept.config.yaml",
  "precept.config.yml",
] as const;

/**
 * Loads a configuration: TypeScript or JavaScript through Node itself, YAML or JSON by its schema.
 * @throws PreceptError usage when there is none; config-invalid with every fault, its path, and what may have been meant.
 */
export async function loadConfig(path?: string, cwd: string = process.cwd()): Promise<LoadedConfig> {
  const file = path === undefined ? findConfig(cwd) : resolve(cwd, path);
  if (!existsSync(file)) {
    throw new PreceptError("usage", {
      attempted: `Reading the configuration ${path}`,
      found: "no such file",
      remedy: "precept init writes one",
    });
  }
  const isProgram = /\.[cm]?[jt]s$/.test(file);
  const { value, lineOf } = isProgram
    ? { value: await importConfig(file), lineOf: undefined }
    : await readYaml(file, `Reading the configuration ${file}`);
  return loadedConfig(value, file, lineOf);
}

/** A configuration from its value, e.g. for a program that runs a project. @throws PreceptError config-invalid. */
export function loadedConfig(value: unknown, file: string, lineOf?: LineOf): LoadedConfig {
  const live = liveModels(value);
  const { models = {}, ...config } = checkConfig(live.config, file, lineOf);
  const configured = roles.flatMap((role): [Role, ConfiguredModel][] => {
    const named = (models as Partial<NonNullable<FileConfig["models"]>>)[role];
    if (named === undefined) return [];
    const { model, ...settings } = typeof named === "string" ? { model: named } : named;
    const name = withProvider(model);
    return [[role, { name, settings, model: live.models.get(role) ?? name }]];
  });
  return { path: file, folder: dirname(file), config, models: Object.fromEntries(configured) };
}

function findConfig(cwd: string): string {
  const found = configNames.map((name) => join(cwd, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new PreceptError("usage", {
    attempted: "Looking for a configuration",
    found: `none of ${configNames.join(", ")} in this folder`,
    remedy: "precept init writes one; or --config FILE",
  });
}

/** Model objects are taken out before checking, and stand in the configuration by their names. */
function liveModels(value: unknown): {
  readonly config: unknown;
  readonly models: Map<string, SdkModel | LanguageModel>;
} {
  const models = new Map<string, SdkModel | LanguageModel>();
  if (!isObject(value) || !isObject(value["models"])) return { config: value, models };
  const named = Object.entries(value["models"]).map(([role, model]) => {
    if (!isLive(model)) return [role, model];
    models.set(role, model);
    return [role, "modelId" in model ? `${String(model.provider)}:${model.modelId}` : model.id];
  });
  return { config: { ...value, models: Object.fromEntries(named) }, models };
}

function isLive(value: unknown): value is SdkModel | LanguageModel {
  return isObject(value) && (typeof value["doGenerate"] === "function" || typeof value["generate"] === "function");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
