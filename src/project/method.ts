import { chatTemplates, type FeedbackTemplates, type LabelOptions, paperTemplates } from "../feedback/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { ensembleLabels, type MethodOptions, methodOptions, paperLabels, paperMethod } from "../stages/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import type { FewShotOptions } from "./prompts/few-shots.ts";

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
function isInProcess({ config, models }: LoadedConfig): boolean {
  return config.world !== undefined || Object.values(models).every(({ name }) => /^(?:local|llamacpp):/.test(name));
}

/** Whether the feedback model thinks before its letter: chat models do, models that continue text need not. */
export function thinks({ config }: LoadedConfig): boolean {
  return config.chainOfThought ?? config.format !== "paper";
}

/** The paper's method with the configuration's changes. */
export function methodOf(loaded: LoadedConfig): Method {
  const { config } = loaded;
  const { rounds, selection, critique, revisions, critiqued, reread, helpfulSamples, evaluate = {} } = config;
  const { controls, batch } = config;
  const { slCai: slTraining = {}, preferenceModel: pmTraining = {}, rlCai = {} } = config.training ?? {};
  const { alsoWithoutReplay, ...supervised } = slTraining;
  const { from, lossWeights, minConfidence, heldOutShare, keep, ...pmSupervised } = pmTraining;
  const paper = paperMethod;
  const inProcess = isInProcess(loaded);
  const sampling = { ...paper.slCai.sampling, ...drawing(config.sampling) };
  const options = methodOptions({
    batchPrompts: batch?.prompts ?? (inProcess ? paper.batchPrompts : hostedBatch),
    batchPairs: batch?.pairs ?? (inProcess ? paper.batchPairs : hostedBatch),
    slCai: {
      ...omitUndefined({
        rounds,
        selection,
        critique,
        revisions,
        critiqued,
        reread,
        helpfulSamples,
        alsoWithoutReplay,
      }),
      sampling,
      critiqueSampling: { ...sampling, ...drawing(config.sampling?.critiques) },
      training: { ...paper.slCai.training, ...omitUndefined(supervised) },
    },
    aiFeedback: { sampling: { ...sampling, ...drawing(config.sampling?.pairs) }, labels: labelsOf(loaded) },
    preferenceModel: {
      ...omitUndefined({ from, lossWeights, minConfidence, heldOutShare, keep }),
      training: { ...paper.preferenceModel.training, ...omitUndefined(pmSupervised) },
    },
    rlCai: omitUndefined(rlCai),
    evaluate: omitUndefined(evaluate),
    controls: { shuffleLabels: controls?.shuffleLabels ?? false },
  });
  const concurrency = inProcess ? 1 : Math.ceil((config.concurrency ?? defaultConcurrency) / hostedBatch);
  return { options, concurrency };
}

/** One drawn principle for each pair as in the paper, or all of them added up; a label without thought is not clamped. */
function labelsOf(loaded: LoadedConfig): LabelOptions {
  const { labels, clamp, hardLabels } = loaded.config;
  const chainOfThought = thinks(loaded);
  const base =
    labels === "ensemble" ? ensembleLabels : { ...paperLabels, clamp: chainOfThought ? paperLabels.clamp : null };
  return { ...base, chainOfThought, hard: hardLabels ?? false, clamp: clamp === undefined ? base.clamp : clamp };
}

function drawing({
  temperature,
  topP,
}: {
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
} = {}) {
  return omitUndefined({ temperature, topP });
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
