import { principlesFor } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { type ChainRecord, feedbackRecordSchema, isOfChain } from "../feedback/index.ts";
import {
  ANY,
  countLabels,
  type GuardLabelRecord,
  guardLabelSchema,
  type HeadFile,
  labelAny,
  labelInputs,
  labelOutputs,
  principleHash,
  type TokenClassifier,
  writeHeadFile,
} from "../guard/heads/index.ts";
import { loadRecords, type PromptKind } from "../records/index.ts";
import { rng } from "../rng.ts";
import { batchesOf, collect, defineStage, finishBatches } from "../runs/index.ts";
import { contentHash, hashFile, hashModel } from "../storage/index.ts";
import type { HeadExample, LoraOptions, TokenHeadsJob, TrainingResult } from "../training/index.ts";
import type { DataStageContext, StageContext } from "./context.ts";
import { measureHead, tune } from "./guard-calibration.ts";
import { type HeadForm, meanArea, scoreAll, trainForms, withClassifier } from "./guard-forms.ts";
import { type SampledPrompts, samplePrompts } from "./guard-samples.ts";
import { guardScoreSchema } from "./guard-scores.ts";
import { type GuardModelSummary, guardModelSummarySchema } from "./guard-summaries.ts";
import type { TrainingOptions } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

const records = { samples: feedbackRecordSchema, labels: guardLabelSchema, scores: guardScoreSchema };

/**
 * Heads on a checkpoint, one per principle, learned from AI feedback alone: of answers, from the critiques and revisions of the run;
 * of what people write, from critiques of answers that are sampled for it.
 */
export const guardModelStages = {
  output: defineStage({ name: "guard-model", after: ["sl-cai"], records }),
  input: defineStage({ name: "guard-model-input", after: [], records }),
} as const;
export type GuardSide = keyof typeof guardModelStages;

/** A run, and what trains. */
export type GuardModelContext = DataStageContext & Pick<StageContext, "trainer">;

export interface GuardModelInputs {
  /**
   * What the labels come from: records.jsonl of the sl-cai stage for heads of answers; for heads of what people write, prompts, or the
   * samples.jsonl of a stage that has answered them.
   */
  readonly source: string | SampledPrompts | { readonly sampled: string };
  /** Checkpoint folder whose weights the heads stand on, and start from. */
  readonly backbone: string;
  /** Opens what the stage wrote, to see what it says of texts that it did not learn from. */
  readonly open: (folder: string) => Promise<TokenClassifier>;
  /** What a checkpoint's tokenizer is known by. */
  readonly tokenizerHash: string;
  /** Deals the training labels out anew among the texts: a control, whose heads must know nothing. Default false. */
  readonly shuffleLabels?: boolean;
}

export interface GuardModelOptions {
  readonly training: TrainingOptions;
  /** What is trained beside the heads, over frozen weights. Default: all weights. */
  readonly adapter?: LoraOptions | undefined;
  /** Texts that are read in training, at least: of few texts there are more epochs, up to 32. */
  readonly minReadings: number;
  /** Tokens that a smoothed logit is the mean of. */
  readonly window: number;
  /** Of the softmax over a text's tokens. */
  readonly temperature: number;
  /** What the heads learn; "best": both are trained, and the one whose heads tell development texts apart better is taken. Default "sequence". */
  readonly form?: HeadForm | "best" | undefined;
  /** One head more, of whether any principle is broken. Default false. */
  readonly anyPrinciple?: boolean | undefined;
  /** A principle that fewer training texts break, or keep, gets no head: nothing could be said of how it does. */
  readonly minTexts: number;
}

/** For a model of about a million weights. A quarter of the readings teaches words that were seen, and not what they have in common. */
export const guardModelOptions: GuardModelOptions = {
  training: { epochs: 6, learningRate: 1e-3 },
  minReadings: 40_000,
  window: 4,
  temperature: 0.5,
  minTexts: 20,
};

const MAX_EPOCHS = 32;

/** For a model of a hundred million weights or more: adapters at the rate of fine-tuning (`localRecipe`), and few readings, since each takes long. */
export const adapterGuardModelOptions: GuardModelOptions = {
  training: { epochs: 3, learningRate: 5e-4, batch: 8, stateEvery: 5 },
  adapter: { rank: 16 },
  minReadings: 600,
  window: 16,
  temperature: 0.5,
  minTexts: 20,
};

/**
 * A guard model from the run's own AI feedback (after Sharma et al. 2025, arXiv 2501.18837): labels, training, and what the
 * heads say of development and report texts, by which thresholds are set. No person and no oracle labels anything.
 * @throws PreceptError input-invalid where no principle has enough texts; what the trainer or the disk throw.
 */
export async function guardModel(
  context: GuardModelContext,
  inputs: GuardModelInputs,
  options: GuardModelOptions = guardModelOptions,
): Promise<StageResult<GuardModelSummary>> {
  const { shuffleLabels = false, source } = inputs;
  const side: GuardSide = typeof source === "string" ? "output" : "input";
  const inputsRead = {
    options,
    shuffleLabels,
    ...(await readOf(source)),
    backbone: await hashModel(inputs.backbone),
  };
  return runStage(context, guardModelStages[side], inputsRead, guardModelSummarySchema, async (writer, meter) => {
    const labelLog = await writer.records("labels");
    const read =
      typeof source === "string" || "sampled" in source
        ? await loadRecords(typeof source === "string" ? source : source.sampled, feedbackRecordSchema)
        : await samplePrompts(context, source, await writer.records("samples"), meter);
    const chains = read.filter(isOfChain);
    if (!labelLog.isDone("labels")) {
      const made = side === "output" ? labelOutputs(chains) : labelInputs(chains);
      const listAsked = (kind: PromptKind): string[] =>
        principlesFor(context.constitution, "critique", kind).map(({ id }) => id);
      await labelLog.append(
        "labels",
        options.anyPrinciple === true ? made.map((label) => labelAny(label, listAsked(label.kind))) : made,
      );
    }
    const labels = await collect(labelLog);
    const training = labels.filter(({ split }) => split === "training");
    const counts = countLabels(training);
    const principles = principlesFor(context.constitution, "critique");
    const isTaught = (id: string): boolean => {
      const { breaks = 0, keeps = 0 } = counts[id] ?? {};
      return Math.min(breaks, keeps) >= options.minTexts;
    };
    const taught = principles.filter(({ id }) => isTaught(id));
    if (taught.length === 0) throw nothingToTeach(labels.length, chains, options.minTexts);
    const heads = [
      ...taught.map((principle) => ({ id: principle.id, hash: principleHash(principle) })),
      ...(isTaught(ANY) ? [{ id: ANY, hash: context.constitution.hash }] : []),
    ];
    const ids = heads.map(({ id }) => id);
    const base: HeadFile = {
      schemaVersion: 1,
      constitutionHash: context.constitution.hash,
      side,
      principles: heads.map((head) => ({ ...head, slope: 1, offset: 0 })),
      window: options.window,
      holdTokens: 1,
      tokenizerHash: inputs.tokenizerHash,
      recordsHash: `sha256:${contentHash(labels)}`,
      frame: side === "input" ? undefined : frameOf(context),
    };
    const trainForm = async (form: HeadForm, output: string): Promise<TrainingResult> => {
      const job: TokenHeadsJob = {
        objective: "token-heads",
        initial: inputs.backbone,
        output,
        seed: context.seed,
        examples: examplesOf(context, training, ids, { side, isShuffled: shuffleLabels }),
        heads: ids.length,
        window: options.window,
        temperature: options.temperature,
        form,
        epochs: Math.max(
          options.training.epochs,
          Math.min(MAX_EPOCHS, Math.ceil(options.minReadings / training.length)),
        ),
        learningRate: options.training.learningRate,
        // Requests are short: steps of the usual size hold nearly all of them, and a hundred such steps taught no more than base rates.
        ...jobSettings(
          { ...options.training, batch: options.training.batch ?? (side === "input" ? 1 : undefined) },
          options,
        ),
        ...signalOf(context),
      };
      const label = form === "sequence" ? "heads" : "heads, a value at every token";
      const trained = await train(context, job, writer, meter, { stage: guardModelStages[side].name, label });
      writeHeadFile(output, base);
      return trained;
    };
    const development = labels.filter(({ split }) => split === "development");
    const { trained, form, checkpoint, areas } = await trainForms(options.form, writer.folder, {
      train: trainForm,
      areaOf: async (folder) =>
        meanArea(ids, await withClassifier(inputs, folder, (classifier) => scoreAll(classifier, base, development))),
    });
    const untuned = { ...base, checkpoint };
    writeHeadFile(writer.folder, untuned);
    const scoreLog = await writer.records("scores");
    const unseen = labels.filter(({ split }) => split !== "training");
    context.progress.start(guardModelStages[side].name, "what the heads say", unseen.length, "texts");
    await withClassifier(inputs, writer.folder, (classifier) =>
      finishBatches(
        scoreLog,
        batchesOf("scores", unseen, 128),
        (items) => context.progress.advance(items),
        (items) => scoreAll(classifier, untuned, items),
      ),
    );
    const scores = await collect(scoreLog);
    await scoreLog.close();
    await labelLog.close();
    const file = tune(untuned, scores);
    writeHeadFile(writer.folder, file);
    return {
      ...meter.cost(),
      side,
      shuffledLabels: shuffleLabels,
      texts: Object.fromEntries(
        [...Map.groupBy(labels, ({ split }) => split)].map(([split, own]) => [split, own.length]),
      ),
      labels: countLabels(labels),
      heads: Object.fromEntries(ids.map((id) => [id, measureHead(id, scores)])),
      untaught: principles.map(({ id }) => id).filter((id) => !ids.includes(id)),
      holdTokens: file.holdTokens,
      form,
      areas,
      training: trainedSummary(trained),
    };
  });
}

/** What a stage's inputs hash of where its labels come from. */
async function readOf(source: GuardModelInputs["source"]): Promise<Readonly<Record<string, unknown>>> {
  if (typeof source === "string") return { records: await hashFile(source) };
  if ("sampled" in source) return { sampled: await hashFile(source.sampled) };
  const { prompts, initial, critic, sampling, critiqueSampling, samples, batch } = source;
  const models = { initial: initial.key, critic: critic?.key ?? initial.key };
  return { prompts: prompts.hash, ...models, sampling, critiqueSampling, samples, batch };
}

function examplesOf(
  { templates, seed }: DataStageContext,
  labels: readonly GuardLabelRecord[],
  ids: readonly string[],
  { side, isShuffled }: { readonly side: GuardSide; readonly isShuffled: boolean },
): HeadExample[] {
  const rows = labels.map(({ labels: own }) => ids.map((id) => own[id] ?? null));
  const dealt = isShuffled ? rng(seed, "guard-model", "shuffled labels").shuffle(rows) : rows;
  return labels.map(({ id, messages, text }, index) => {
    // What people write is read alone: nothing stands before it.
    const prompt = side === "input" ? "" : templates.response(messages).prompt;
    return {
      id,
      prompt: typeof prompt === "string" ? prompt : [...prompt],
      response: text,
      labels: dealt[index] ?? [],
    };
  });
}

/** What the templates write around a request, for a model that has no chat template. */
function frameOf({ templates }: Pick<DataStageContext, "templates">): HeadFile["frame"] {
  const probe = "REQUEST";
  const { prompt } = templates.response([{ role: "user", content: probe }]);
  if (typeof prompt !== "string") return undefined;
  const [before = "", after = "", ...more] = prompt.split(probe);
  return more.length === 0 ? { before, after } : undefined;
}

function nothingToTeach(texts: number, chains: readonly ChainRecord[], minTexts: number): PreceptError {
  const critiques = chains.filter((record) => record.type === "critique");
  const unclear = critiques.filter(({ finding }) => finding === "unclear").length;
  return new PreceptError("input-invalid", {
    attempted: "Training a guard model",
    found: `${texts} labelled texts, ${critiques.length} critiques (${unclear} without a finding), and no principle that ${minTexts} training texts break and as many keep`,
    expected: "critiques that find a breach in some answers and none in others",
    remedy: "make a run with more prompts, harmless ones among them, whose answers are all criticised (critiqued: all)",
  });
}
