import { chatTemplates, type FeedbackTemplates, paperTemplates } from "../feedback/index.ts";
import { ensembleLabels, type MethodOptions, methodOptions, paperLabels, paperMethod } from "../stages/index.ts";
import type { LoadedConfig } from "./config.ts";
import type { FewShotOptions } from "./few-shots.ts";

/** Prompts a batch with hosted models: what one interruption may cost, were there no cache. */
const hostedBatch = 16;

/** Prompts worked on at once, unless the configuration says otherwise. */
export const defaultConcurrency = 256;

export interface Method {
  readonly options: MethodOptions;
  /** Batches in flight at once. */
  readonly concurrency: number;
}

/** Whether all models run in this process, and so want one large batch after the other. */
function isInProcess({ models }: LoadedConfig): boolean {
  return Object.values(models).every(({ name }) => /^(?:local|llamacpp):/.test(name));
}

/** Whether the feedback model thinks before its letter: chat models do, models that continue text need not. */
export function thinks({ config }: LoadedConfig): boolean {
  return config.chainOfThought ?? config.format !== "paper";
}

/** The paper's method with the configuration's changes. */
export function methodOf(loaded: LoadedConfig): Method {
  const { config } = loaded;
  const sampling = { temperature: config.sampling?.temperature ?? 1, topP: config.sampling?.topP ?? 1 };
  const chainOfThought = thinks(loaded);
  const drawn = { ...paperLabels, clamp: chainOfThought ? paperLabels.clamp : null };
  const labels = config.labels === "ensemble" ? ensembleLabels : drawn;
  const inProcess = isInProcess(loaded);
  const { selection = "random", critique = true, revisions = "all", helpfulSamples = 1, rounds = 4 } = config;
  const options = methodOptions(paperMethod, {
    batchPrompts: inProcess ? 256 : hostedBatch,
    batchPairs: inProcess ? 128 : hostedBatch,
    slCai: { rounds, selection, critique, revisions, helpfulSamples, sampling, critiqueSampling: sampling },
    aiFeedback: {
      sampling,
      labels: { ...labels, chainOfThought, clamp: config.clamp === undefined ? labels.clamp : config.clamp },
    },
  });
  const concurrency = inProcess ? 1 : Math.ceil((config.concurrency ?? defaultConcurrency) / hostedBatch);
  return { options, concurrency };
}

/** The wording of the configuration's format, with few-shots where it has some. */
export function templatesOf({ config }: LoadedConfig, fewShots: FewShotOptions = {}): FeedbackTemplates {
  const { responseTokens, critiqueTokens, thoughtTokens } = config.sampling ?? {};
  const maxTokens = {
    response: responseTokens,
    critique: critiqueTokens,
    thought: thoughtTokens,
  };
  if (config.format === "paper") return paperTemplates({ ...fewShots, maxTokens });
  return chatTemplates({ fewShots: fewShots.fewShots, maxTokens });
}
