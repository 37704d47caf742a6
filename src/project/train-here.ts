import { resolve } from "node:path";
import type { LanguageModel } from "../language-model.ts";
import { type Env, openModel } from "../models/index.ts";
import { type Spending, withBudget } from "../spending/index.ts";
import type { Trainer } from "../training/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { modelOf, placeOf } from "./models.ts";
import type { Setting } from "./setting.ts";

/**
 * What fine-tunes the project's own model on this machine; the checkpoints that it makes are asked within the budget, as every
 * model is.
 */
export async function trainHere(
  loaded: LoadedConfig,
  spending: Spending,
  { env, signal }: { readonly env: Env; readonly signal: AbortSignal },
): Promise<Required<Pick<Setting, "training" | "loadAs">>> {
  const initial = placeOf(modelOf(loaded, "initial"), loaded);
  if (initial === undefined) throw new RangeError("a model of another machine is not trained here");
  // Hosted projects do without the engine.
  const { preferenceScores } = await import("../training/local/index.ts");
  const trainer = await openTrainer(loaded, env);
  const loadAs = async (role: string, checkpoint: string): Promise<LanguageModel> => {
    const onEvent: NonNullable<Parameters<typeof openModel>[1]>["onEvent"] = (event) => spending.note(role, event);
    const opened = await openModel(`local:${checkpoint}`, { env, signal, onEvent });
    return withBudget(opened, role, 1, spending);
  };
  return {
    training: {
      initial,
      trainer,
      load: (checkpoint) => loadAs("evaluate", checkpoint),
      loadPreferenceModel: preferenceScores,
    },
    loadAs,
  };
}

const isUrl = (place: string): boolean => place.includes("://");

/** The engine that the configuration names. A Python or a cluster is found before anything is asked, not hours later. @throws PreceptError package-missing. */
export async function openTrainer(loaded: LoadedConfig, env: Env = process.env): Promise<Trainer> {
  const { engine, ray, dtype, rowsPerProcess } = loaded.config.training ?? {};
  if (engine !== "python" && engine !== "ray") return new (await import("../training/local/index.ts")).LocalTrainer();
  const { findPython, PythonTrainer, RayJobs, RayTrainer } = await import("../training/engines/index.ts");
  if (engine === "ray" && ray !== undefined) {
    const { gpus, open: allowOpen, storage, ...rest } = ray;
    const resources = gpus === undefined ? undefined : { GPU: gpus };
    await RayJobs.open({ ...rest, allowOpen, env });
    return new RayTrainer({
      ...rest,
      dtype,
      rowsPerProcess,
      storage: isUrl(storage) ? storage : resolve(loaded.folder, storage),
      resources,
      allowOpen,
      env,
    });
  }
  return new PythonTrainer({ python: (await findPython(undefined)).path, dtype, rowsPerProcess });
}
