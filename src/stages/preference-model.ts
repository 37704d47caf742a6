import { agreement, calibrationSchema } from "../evaluation/index.ts";
import { confidence, sigmoid } from "../feedback/index.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { batchesOf, collect, defineStage, finishBatches } from "../runs/index.ts";
import { calibration, type Judged, mean } from "../statistics/index.ts";
import { contentHash, hashFile, hashModel } from "../storage/index.ts";
import {
  type PreferenceExample,
  type PreferenceModelJob,
  type PreferenceRecord,
  preferenceSchema,
} from "../training/index.ts";
import type { StageContext } from "./context.ts";
import { type LabelledPair, nothingToTrainOn, readLabelledPairs } from "./labelled-pairs.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type PreferenceModelSummary, preferenceModelSummarySchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

/** The preference model, and its scores of every pair. */
export const preferenceModelStage = defineStage({
  name: "preference-model",
  after: ["sl-cai", "ai-feedback"],
  records: { records: preferenceSchema },
});

export interface PreferenceModelInputs {
  /** records.jsonl of the ai-feedback stage. */
  readonly comparisons: string;
  /** Checkpoint folder of SL-CAI; read when the options start from it. */
  readonly slCai: string;
  /** Helpfulness comparisons made elsewhere, e.g. by people; trained on beside the AI's, never held out. */
  readonly helpfulness?: readonly PreferenceExample[];
}

/**
 * Preference model, Bai et al. 2022 §4.2: a scalar head trained by cross-entropy on soft labels, harmlessness and
 * helpfulness with explicit loss weights. It is judged on pairs of prompts it never saw.
 * @throws PreceptError input-invalid when no pair is left to train on.
 */
export async function preferenceModel(
  context: StageContext,
  inputs: PreferenceModelInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<PreferenceModelSummary>> {
  const { preferenceModel: settings, controls } = options;
  const initial = settings.from === "initial" ? context.initial : inputs.slCai;
  const { helpfulness = [] } = inputs;
  const read = {
    options: settings,
    shuffleLabels: controls.shuffleLabels,
    adapter: options.adapter,
    initial: await hashModel(initial),
    comparisons: await hashFile(inputs.comparisons),
    helpfulness: contentHash(helpfulness),
  };
  return runStage(context, preferenceModelStage, read, preferenceModelSummarySchema, async (writer, meter) => {
    const { comparisons, labelled } = await readLabelledPairs(context, inputs.comparisons, {
      ...settings,
      ...controls,
    });
    const train_ = labelled.filter(({ split }) => split === "train").map(({ example }) => example);
    const heldOut = labelled.filter(({ split }) => split === "held-out").map(({ example }) => example);
    if (train_.length + helpfulness.length === 0) throw nothingToTrainOn("the preference model", comparisons);
    const job: PreferenceModelJob = {
      objective: "preference-model",
      initial,
      output: writer.folder,
      seed: context.seed,
      comparisons: [...train_, ...helpfulness],
      heldOut,
      lossWeights: settings.lossWeights,
      keep: settings.keep,
      epochs: settings.training.epochs,
      learningRate: settings.training.learningRate,
      ...jobSettings(settings.training, options),
      ...signalOf(context),
    };
    const stage = { stage: "preference-model", label: "preference model" };
    const training = await train(context, job, writer, meter, stage);
    if (training.metrics["kept/step"] === 0)
      context.progress.message(
        "warning      no epoch of the preference model beats a blind guess on held-out labels by two standard errors: every score is 0, and RL has nothing to follow",
      );

    const log = await writer.records("records");
    const model = await context.loadPreferenceModel(training.checkpoint);
    try {
      context.progress.start(stage.stage, "scores of its pairs", labelled.length, "pairs");
      const batches = batchesOf("scores", labelled, 1024);
      await finishBatches(
        log,
        batches,
        (items) => context.progress.advance(items),
        async (items) => {
          const scores = await model.score(
            items.flatMap(({ example: { prompt, responses } }) => responses.map((response) => ({ prompt, response }))),
          );
          return items.map((item, index) =>
            preferenceRecord(item, [scores[2 * index], scores[2 * index + 1]], context.seed),
          );
        },
      );
    } finally {
      meter.countSampled(model.tokensRead);
      await model.dispose();
    }
    const records = await collect(log);
    await log.close();
    return {
      ...meter.cost(),
      ...measureScores(records),
      shuffledLabels: controls.shuffleLabels,
      counts: {
        comparisons: comparisons,
        leftOut: comparisons - labelled.length,
        train: train_.length,
        heldOut: heldOut.length,
        helpfulnessGiven: helpfulness.length,
      },
      training: trainedSummary(training),
    };
  });
}

function preferenceRecord(
  { record, raw, example, split }: LabelledPair,
  scores: readonly (number | undefined)[],
  seed: number,
): PreferenceRecord {
  const [first = Number.NaN, second = Number.NaN] = scores;
  return {
    type: "preference",
    schemaVersion: SCHEMA_VERSION,
    id: record.id.replace(/^ai-feedback\//, "preference-model/").replace(/\/comparison$/, "/preference"),
    parents: [record.id],
    principleId: record.principleId,
    constitutionHash: record.constitutionHash,
    templateVersion: record.templateVersion,
    model: "preference-model",
    seed,
    split,
    source: record.source,
    label: example.label,
    raw,
    scores: [first, second],
    probability: sigmoid(first - second),
  };
}

/** Accuracy, calibration and loss against the labels; the mean score of the training pairs is what rewards count from. */
export function measureScores(records: readonly PreferenceRecord[]) {
  const findDecided = (split: PreferenceRecord["split"], sure = 0): Judged[] =>
    records
      .filter((record) => record.split === split && record.raw !== 0.5 && confidence(record.raw) >= sure)
      .map(({ raw, probability }) => ({ probability, outcome: raw > 0.5 }));
  const heldOut = findDecided("held-out");
  const accuracy = agreement(heldOut);
  const confidentAccuracy = agreement(findDecided("held-out", 0.5));
  const trainAccuracy = agreement(findDecided("train"));
  const losses = records.filter(({ split }) => split === "held-out").map(softCrossEntropy);
  const scores = records.filter(({ split }) => split === "train").flatMap((record) => record.scores);
  return {
    accuracy,
    confidentAccuracy,
    trainAccuracy,
    ...(heldOut.length === 0 ? {} : { calibration: calibrationSchema.parse(calibration(heldOut)) }),
    ...(losses.length === 0 ? {} : { heldOutLoss: mean(losses) }),
    meanScore: scores.length === 0 ? 0 : mean(scores),
  };
}

/** −(p log q + (1 − p) log(1 − q)), q = σ(difference of scores), nats. Bai et al. 2022 §4.1. */
export function softCrossEntropy({
  label,
  scores: [first, second],
}: Pick<PreferenceRecord, "label" | "scores">): number {
  const difference = first - second;
  const logSigmoid = (x: number): number => -(Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x))));
  return -(label * logSigmoid(difference) + (1 - label) * logSigmoid(-difference));
}
