import { omitUndefined } from "../omit-undefined.ts";
import { type OptionOverrides, paperMethod } from "../stages/index.ts";
import type { LoadedConfig } from "./config/config.ts";

type Settings = NonNullable<LoadedConfig["config"]["training"]>;

/** The folder or file of a model that our own engine opens, as the configuration names it. */
export function localPlace({ models }: Pick<LoadedConfig, "models">): string | undefined {
  const { initial } = models;
  return typeof initial?.model === "string" ? /^local:(.+)$/.exec(initial.name)?.[1] : undefined;
}

/** Whether the project's own model is fine-tuned in this process. */
export function isTrainedHere(loaded: LoadedConfig): boolean {
  const { config, models } = loaded;
  const isOff = config.training?.engine === "none" || models.slCai !== undefined;
  return config.world === undefined && !isOff && localPlace(loaded) !== undefined;
}

/** What is trained on the comparisons: on a world and where settings for it are given, a preference model. */
export function afterFeedback({ config }: LoadedConfig): Required<Pick<OptionOverrides, "preference" | "reinforce">> {
  const { preference, preferenceModel, rlCai } = config.training ?? {};
  if (config.world !== undefined) return { preference: "preference-model", reinforce: true };
  const chosen = preference ?? ((preferenceModel ?? rlCai) === undefined ? "dpo" : "preference-model");
  return { preference: chosen, reinforce: chosen === "preference-model" && rlCai !== undefined };
}

/** Steps between two saved states: an adapter's are small, and a step on two cores takes seconds. */
const stateEvery = 5;

/**
 * The paper's method for a small model that is trained here: adapters of rank 16, rates and epochs that moved a model of
 * 135 million weights in minutes on two cores (docs/real-models.md). All weights take a twentieth of an adapter's rate.
 */
export function localRecipe(adapter: Settings["adapter"]): OptionOverrides {
  const share = adapter === "none" ? 1 / 20 : 1;
  const { rank = 16, ...shape } = adapter === "none" ? {} : omitUndefined(adapter ?? {});
  const { preferenceModel, rlCai } = paperMethod;
  const cosine = { shape: "cosine", warmup: 0.05 } as const;
  return {
    adapter: adapter === "none" ? undefined : { rank, ...shape },
    slCai: { training: { epochs: 3, learningRate: 5e-4 * share, schedule: cosine, stateEvery } },
    dpo: {
      nllWeight: 1,
      training: { epochs: 3, learningRate: 2e-4 * share, schedule: { shape: "linear", warmup: 0.1 }, stateEvery },
    },
    preferenceModel: {
      ...preferenceModel,
      from: "sl-cai",
      keep: "best",
      training: { epochs: 3, learningRate: 2e-4 * share, schedule: cosine, stateEvery },
    },
    rlCai: {
      ...rlCai,
      steps: 12,
      rolloutsPerStep: 32,
      samplesPerPrompt: 4,
      learningRate: 1e-4 * share,
      baseline: "group",
      klCoefficient: 0.05,
      checkpointEvery: 6,
      stateEvery: 1,
    },
  };
}
