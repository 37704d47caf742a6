import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  bundledConstitutions,
  type Constitution,
  constitutionToJson,
  formatConstitution,
  loadConstitution,
} from "../constitution/index.ts";
import { defined } from "../defined.ts";
import { cutPromptNotice, type Env, tracingNotice } from "../models/index.ts";
import type { Progress } from "../progress/index.ts";
import type { PromptItem } from "../records/index.ts";
import { Run, readManifest } from "../runs/index.ts";
import { type Budget, priceOf, Spending } from "../spending/index.ts";
import type { DataStageContext, ModelRole } from "../stages/index.ts";
import { writeWhole } from "../storage/index.ts";
import { type ConfigRecord, configRecord, recordName, refuseChanges } from "./changes.ts";
import { type LoadedConfig, type Role, roles } from "./config.ts";
import { readFewShots } from "./few-shots.ts";
import { type Method, methodOf, templatesOf } from "./method.ts";
import { modelOf, openRole } from "./models.ts";
import { collectPrompts, type PromptSet, type PromptSetOptions } from "./prompt-set.ts";

export interface ProjectOptions {
  readonly loaded: LoadedConfig;
  readonly folder: string;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly env: Env;
  /** Goes before the configuration's. */
  readonly budget?: Budget;
  readonly skipBad?: boolean;
  /** Go on with the constitution that the run began with. */
  readonly keepConstitution?: boolean;
  /** Do again what changed settings make old. */
  readonly redo?: boolean;
  readonly cache?: string | false;
  readonly download?: PromptSetOptions["download"] | undefined;
}

/** A run of a project with everything put together: constitution, prompts, models by role, budget. */
export interface Project {
  readonly loaded: LoadedConfig;
  readonly run: Run;
  readonly context: DataStageContext;
  readonly method: Method;
  readonly prompts: PromptSet;
  readonly spending: Spending;
  /** Opens a model for its role; hosted ones at once. */
  role(role: Role): Promise<ModelRole>;
}

/** The constitution that a configuration names: a file beside it, or one that comes with Precept. */
export async function constitutionOf({ config, folder }: LoadedConfig): Promise<Constitution> {
  const isBundled = (await bundledConstitutions()).includes(config.constitution);
  return loadConstitution(isBundled ? config.constitution : resolve(folder, config.constitution));
}

/**
 * Runs `body` with the run opened and locked.
 * @throws PreceptError run-invalid when the constitution or the settings changed since the run began; what `body` throws.
 */
export async function withProject<T>(options: ProjectOptions, body: (project: Project) => Promise<T>): Promise<T> {
  const { loaded, folder, command, progress, signal } = options;
  const { config } = loaded;
  const earlier = existsSync(folder) ? readManifest(resolve(folder)) : undefined;
  const kept = join(folder, "constitution.yaml");
  const isKept = options.keepConstitution === true && existsSync(kept);
  const constitution = isKept ? await loadConstitution(kept) : await constitutionOf(loaded);
  const templates = templatesOf(loaded, await readFewShots(loaded));
  const record = configRecord(loaded);
  const inputs = { constitution: constitution.hash, templates: templates.version };
  refuseChanges({ folder, earlier, record, inputs, redo: options.redo === true });
  const prior = earlier?.inputs["prompts"];
  const run = await Run.open(folder, {
    kind: "project",
    manifest: {
      seed: config.seed ?? 1,
      config: record,
      inputs: defined({ ...inputs, prompts: prior }),
    },
    command,
  });
  try {
    const prompts = await collectPrompts(loaded, run.folder, {
      skipBad: options.skipBad ?? false,
      check: config.format === "paper" ? withoutSystemTurn : () => undefined,
      accept: (hash) =>
        refuseChanges({ folder, earlier, record, inputs: { ...inputs, prompts: hash }, redo: options.redo === true }),
      download: options.download,
    });
    run.noteInput("prompts", prompts.source.hash);
    run.writeJson("constitution.json", constitutionToJson(constitution));
    writeWhole(join(run.folder, "constitution.yaml"), formatConstitution(constitution));
    const spending = new Spending(join(run.folder, "spending.json"), budgetOf(options), pricesOf(loaded));
    const method = methodOf(loaded);
    const context: DataStageContext = {
      run,
      constitution,
      templates,
      seed: config.seed ?? 1,
      progress,
      signal,
      parameters: null,
      concurrency: method.concurrency,
    };
    const notice = tracingNotice(options.env);
    if (notice !== undefined) progress.message(`tracing      ${notice}`);
    const noteCut = cutPromptNotice((text) => progress.message(`warning      ${text}`));
    const open = (role: Role): Promise<ModelRole> => {
      const model = role === "judge" ? (loaded.models.judge ?? loaded.models.initial) : modelOf(loaded, role);
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
    try {
      return await body({ loaded, run, context, method, prompts, spending, role: open });
    } finally {
      spending.save();
    }
  } finally {
    progress.finish();
    await run.close();
  }
}

export function budgetOf({ budget, loaded }: Pick<ProjectOptions, "budget" | "loaded">): Budget {
  const { config } = loaded;
  return { maxCost: budget?.maxCost ?? config.budget?.maxCost, maxCalls: budget?.maxCalls ?? config.budget?.maxCalls };
}

/** Prices by role, as far as they are known. */
export function pricesOf(loaded: LoadedConfig) {
  return Object.fromEntries(
    roles.flatMap((role) => {
      const model = role === "judge" ? loaded.models.judge : modelOf(loaded, role);
      const price = model === undefined ? undefined : priceOf(model.name, loaded.config.prices);
      return price === undefined ? [] : [[role, price]];
    }),
  );
}

function withoutSystemTurn({ messages }: PromptItem): string | undefined {
  return messages.some(({ role }) => role === "system")
    ? "a system turn, which the paper's format does not have"
    : undefined;
}

export type { ConfigRecord };
