import { PreceptError } from "../errors.ts";
import {
  chatTemplates,
  type FeedbackTemplates,
  type LabelOptions,
  paperTemplates,
  turnTemplates,
} from "../feedback/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import {
  type ContrastSettings,
  ensembleLabels,
  type MethodOptions,
  methodOptions,
  paperLabels,
  paperMethod,
} from "../stages/index.ts";
import type { LoadedConfig } from "./config/config.ts";
import { afterFeedback, isTrainedHere, localRecipe } from "./local-recipe.ts";
import type { FewShotOptions } from "./prompts/few-shots.ts";

/** Prompts a batch with models of one's own: what one interruption may cost, were there no cache. */
const ownBatch = 16;

/** Prompts worked on at once, unless the configuration says otherwise. */
export const defaultConcurrency = 256;

export interface Method {
  readonly options: MethodOptions;
  /** Batches in flight at once. */
  readonly concurrency: number;
}

/** Whether all models run in this process, and so want one batch after the other. */
function isInProcess({ config, models }: LoadedConfig): boolean {
  return config.world !== undefined || Object.values(models).every(({ name }) => /^(?:local|llamacpp):/.test(name));
}

/** Whether the feedback model thinks before its letter: chat models do; small ones, and those that continue text, need not. */
export function thinks({ config }: LoadedConfig): boolean {
  return config.chainOfThought ?? (config.format ?? "chat") === "chat";
}

/** @throws PreceptError config-invalid for settings of which one would be passed over. */
function checkSettings({ config: { critiqued, helpfulSamples = 1 }, path }: LoadedConfig): void {
  if (critiqued !== "all" || helpfulSamples === 1) return;
  throw new PreceptError("config-invalid", {
    attempted: `Reading the configuration ${path}`,
    found: `helpfulSamples: ${helpfulSamples} with critiqued: all`,
    expected: "helpfulSamples: 1, since a prompt whose answer is criticised has one answer",
    remedy: "leave out helpfulSamples, or set critiqued: red-team",
  });
}

/** The paper's method with the configuration's changes. */
export function methodOf(loaded: LoadedConfig): Method {
  const { config } = loaded;
  checkSettings(loaded);
  const { rounds, selection, critique, revisions, critiqued, reread, helpfulSamples, evaluate = {} } = config;
  const { controls, batch } = config;
  const { slCai: tuning = {}, preferenceModel: pmTraining = {}, rlCai = {}, dpo = {} } = config.training ?? {};
  const { alsoWithoutReplay, checkpointEvery, ...supervised } = tuning === "none" ? {} : tuning;
  const { from, lossWeights, minConfidence, heldOutShare, keep, ...pmSupervised } = pmTraining;
  const { beta, nllWeight, minConfidence: dpoConfidence, heldOutShare: dpoHeldOut, ...dpoRest } = dpo;
  const contrast = contrastOf(loaded);
  const answers = config.pairAnswers && { slCai: config.pairAnswers.slCai, initial: config.pairAnswers.initial ?? 0 };
  // Half of what contrastive labels teach may come from the choice of pairs alone.
  const { alsoShuffled = contrast?.labels === "contrastive" ? true : undefined, ...dpoSupervised } = dpoRest;
  const base = isTrainedHere(loaded) ? methodOptions(localRecipe(config.training?.adapter)) : paperMethod;
  const usual = config.world !== undefined ? base : { batchPrompts: ownBatch, batchPairs: ownBatch };
  const sampling = { ...base.slCai.sampling, ...drawing(config.sampling) };
  const options = methodOptions(base, {
    batchPrompts: batch?.prompts ?? usual.batchPrompts,
    batchPairs: batch?.pairs ?? usual.batchPairs,
    firstStage: tuning === "none" ? "ai-feedback" : undefined,
    ...afterFeedback(loaded),
    slCai: {
      ...omitUndefined({
        source: config.sftSource,
        rounds,
        selection,
        critique,
        revisions,
        critiqued,
        reread,
        // A small model learns the first words of a refusal and not its reason, where revisions lack it.
        unfounded: config.grounds?.unfounded,
        bareRefusals: config.bareRefusals ?? (config.format === "turns" ? "by-principle" : undefined),
        helpfulSamples,
        keepsCut: config.keepsCut,
        alsoWithoutReplay,
        checkpointEvery,
      }),
      sampling,
      ...(config.sampling?.revisions && {
        revisionSampling: { ...sampling, ...drawing(config.sampling.revisions) },
      }),
      critiqueSampling: { ...sampling, ...drawing(config.sampling?.critiques) },
      training: { ...base.slCai.training, ...omitUndefined(supervised) },
    },
    aiFeedback: {
      sampling: { ...sampling, ...drawing(config.sampling?.pairs) },
      labels: labelsOf(loaded),
      ...omitUndefined({ contrast, answers, debate: config.labels === "debate" ? debateRounds : undefined }),
    },
    dpo: {
      ...omitUndefined({ alsoShuffled, beta, nllWeight, minConfidence: dpoConfidence, heldOutShare: dpoHeldOut }),
      training: { ...base.dpo.training, ...omitUndefined(dpoSupervised) },
    },
    preferenceModel: {
      ...omitUndefined({ from, lossWeights, minConfidence, heldOutShare, keep }),
      training: { ...base.preferenceModel.training, ...omitUndefined(pmSupervised) },
    },
    rlCai: omitUndefined(rlCai),
    evaluate: omitUndefined({ samples: evaluate.samples, curve: evaluate.curve }),
    controls: { shuffleLabels: controls?.shuffleLabels ?? false },
  });
  const concurrency = isInProcess(loaded) ? 1 : Math.ceil((config.concurrency ?? defaultConcurrency) / ownBatch);
  return { options, concurrency };
}

/** One round: what a debater of any size can do, and what harbor's was trained on. */
const debateRounds = { rounds: 1 } as const;

/** One drawn principle for each pair as in the paper, or all of them added up; a label without thought is not clamped. */
function labelsOf(loaded: LoadedConfig): LabelOptions {
  const { labels, clamp, hardLabels } = loaded.config;
  const chainOfThought = thinks(loaded);
  // What a debate comes to is not a thought that is surer of itself than it is right.
  const base =
    labels === "debate"
      ? { ...paperLabels, clamp: null }
      : labels === "ensemble"
        ? ensembleLabels
        : { ...paperLabels, clamp: chainOfThought ? paperLabels.clamp : null };
  const temperature = loaded.config.labelTemperature;
  const own = { chainOfThought, hard: hardLabels ?? false, clamp: clamp === undefined ? base.clamp : clamp };
  return { ...base, ...own, ...omitUndefined({ temperature }) };
}

/** What the pairs want their labels from. */
const usualLabels = { samples: "ab", "west-of-n": "contrastive", rlcd: "assumed" } as const;

/**
 * Pairs and labels by the contexts of a principle; none where two samples are compared by asking. The temperature, and the share
 * kept, are those of a trial with a model of 135 million weights (docs/real-models.md).
 */
function contrastOf({ config }: LoadedConfig): ContrastSettings | undefined {
  const { pairSource: pairs = "samples", contrast = {}, labelTemperature = 2, whenUseless } = config;
  const { labelSource: labels = usualLabels[pairs] } = config;
  if (pairs === "samples" && labels === "ab") return undefined;
  const { neutral = pairs === "rlcd" ? 1 : 2, keep = 0.4, gate = 0.2 } = contrast;
  const isStopped = whenUseless !== "continue";
  return {
    pairs,
    labels,
    neutral: pairs === "samples" ? Math.max(2, neutral) : neutral,
    keep,
    temperature: labelTemperature,
    gate: isStopped ? gate : -1,
  };
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
export function templatesOf(
  { config }: { readonly config: Pick<LoadedConfig["config"], "format" | "sampling"> },
  fewShots: FewShotOptions = {},
): FeedbackTemplates {
  const { responseTokens, revisionTokens, critiqueTokens, thoughtTokens } = config.sampling ?? {};
  const maxTokens = {
    response: responseTokens,
    revision: revisionTokens,
    critique: critiqueTokens,
    thought: thoughtTokens,
  };
  if (config.format === "paper") return paperTemplates({ ...fewShots, maxTokens });
  const templates = config.format === "turns" ? turnTemplates : chatTemplates;
  return templates({ fewShots: fewShots.fewShots, maxTokens });
}
