import { join } from "node:path";
import type { SlExampleRecord } from "../feedback/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { contentHash } from "../storage/index.ts";
import type { SftExample, SftJob } from "../training/index.ts";
import { canTrain, type DataStageContext, type StageContext } from "./context.ts";
import { refuseNothing } from "./feedback-context.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { slCaiStage } from "./sl-cai-counts.ts";
import { makeSlCaiRecords, type SlCaiInputs } from "./sl-cai-data.ts";
import { type SlCaiSummary, slCaiSummarySchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

/**
 * Supervised stage, Bai et al. 2022 §3: the initial model answers, criticises and revises; where the project can train, it is
 * then fine-tuned, from the same initial checkpoint, on the revisions, on its own unrevised answers and on its answers to
 * helpful prompts. Without a trainer the stage ends with its training pairs, for whoever fine-tunes elsewhere.
 * @throws PreceptError what the model, the trainer or the disk throw; the stage stays resumable.
 */
export async function slCai(
  context: DataStageContext | StageContext,
  inputs: SlCaiInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<SlCaiSummary>> {
  const { prompts, initial, replay = [] } = inputs;
  refuseNothing(prompts.sizes["red-team"] + prompts.sizes.helpful, "sl-cai");
  const { training, ...data } = options.slCai;
  const read = {
    options: canTrain(context) ? { ...data, training } : data,
    adapter: canTrain(context) ? options.adapter : undefined,
    batch: options.batchPrompts,
    initial: initial.key,
    reviser: inputs.reviser?.key === initial.key ? undefined : inputs.reviser?.key,
    prompts: prompts.hash,
    replay: contentHash(replay),
    grounds: context.grounds?.version,
  };
  return runStage(context, slCaiStage, read, slCaiSummarySchema, async (writer, meter) => {
    const { log, counts } = await makeSlCaiRecords(context, inputs, options, writer, meter);
    if (!canTrain(context)) return { ...meter.cost(), ...counts };
    const examples: SlExampleRecord[] = [];
    for await (const record of log.all()) if (record.type === "sl-example") examples.push(record);
    const fineTune = (pairs: readonly SlExampleRecord[], output: string, label: string) =>
      train(context, fineTuneJob(context, pairs, options, output), writer, meter, { stage: slCaiStage.name, label });
    const trained = await fineTune(examples, writer.folder, "fine-tuning");
    const own = examples.filter(({ source }) => source !== "replay");
    const isExtra = options.slCai.alsoWithoutReplay && own.length < examples.length;
    const extra = isExtra
      ? await fineTune(own, withoutReplayFolder(writer.folder), "fine-tuning without replay")
      : undefined;
    return {
      ...meter.cost(),
      ...counts,
      training: trainedSummary(trained),
      withoutReplay: extra === undefined ? undefined : trainedSummary(extra),
    };
  });
}

/** Folder of the checkpoint trained without replay, where options asked for it. */
export function withoutReplayFolder(slCaiFolder: string): string {
  return join(slCaiFolder, "without-replay");
}

function fineTuneJob(
  context: StageContext,
  examples: readonly SlExampleRecord[],
  options: MethodOptions,
  output: string,
): SftJob {
  const { training, checkpointEvery } = options.slCai;
  return {
    objective: "sft",
    initial: context.initial,
    output,
    seed: context.seed,
    examples: examples.map(sftExample),
    epochs: training.epochs,
    learningRate: training.learningRate,
    ...jobSettings(training, options),
    checkpointEvery,
    ...signalOf(context),
  };
}

function sftExample({ id, prompt, completion, weight, isCut }: SlExampleRecord): SftExample {
  return { id, prompt, completion, weight, ...omitUndefined({ isCut }) };
}
