import { join } from "node:path";
import type { ReplayDocument, SlExampleRecord } from "../feedback/index.ts";
import { type PromptItem, promptList } from "../records/index.ts";
import type { StageWriter } from "../runs/index.ts";
import { contentHash, hashFolder } from "../storage/index.ts";
import type { SftExample, SftJob } from "../training/index.ts";
import type { ModelRole, StageContext } from "./context.ts";
import { refuseNothing } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import { defaultOptions, type MethodOptions } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { slCaiStage } from "./sl-cai-counts.ts";
import { makeSlCaiRecords } from "./sl-cai-data.ts";
import { type SlCaiSummary, slCaiSummarySchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

export interface SlCaiInputs {
  /** Red-team prompts are critiqued and revised; helpful ones are answered by the initial model and trained on as they are. */
  readonly prompts: readonly PromptItem[];
  /** Documents of the frozen pre-training corpus, trained on beside the pairs. */
  readonly replay?: readonly ReplayDocument[];
}

/**
 * Supervised stage, Bai et al. 2022 §3: the initial model answers, criticises and revises; it is then fine-tuned, from the
 * same initial checkpoint, on the revisions, on its own unrevised answers and on its answers to helpful prompts.
 * @throws PreceptError what the model, the trainer or the disk throw; the stage stays resumable.
 */
export async function slCai(
  context: StageContext,
  inputs: SlCaiInputs,
  options: MethodOptions = defaultOptions,
): Promise<StageResult<SlCaiSummary>> {
  const { prompts, replay = [] } = inputs;
  refuseNothing(prompts.length, "sl-cai");
  const source = promptList(prompts, contentHash(prompts));
  const initial: ModelRole = {
    name: "initial",
    key: await hashFolder(context.initial),
    open: () => context.load(context.initial),
  };
  const read = {
    options: options.slCai,
    batch: options.batchPrompts,
    initial: initial.key,
    prompts: source.hash,
    replay: contentHash(replay),
  };
  return runStage(context, slCaiStage, read, slCaiSummarySchema, async (writer, meter) => {
    const { log, counts } = await makeSlCaiRecords(
      context,
      { prompts: source, initial, replay },
      options,
      writer,
      meter,
    );
    const examples: SlExampleRecord[] = [];
    for await (const record of log.all()) if (record.type === "sl-example") examples.push(record);
    const training = await fineTune(context, examples, options, writer, meter, "fine-tuning");
    const own = examples.filter(({ source }) => source !== "replay");
    const isExtra = options.slCai.alsoWithoutReplay && own.length < examples.length;
    const extra = isExtra
      ? await fineTune(context, own, options, writer, meter, "fine-tuning without replay")
      : undefined;
    return {
      ...meter.cost(),
      ...counts,
      training: trainedSummary(training),
      withoutReplay: extra === undefined ? undefined : trainedSummary(extra),
    };
  });
}

/** Folder of the checkpoint trained without replay, where options asked for it. */
export function withoutReplayFolder(slCaiFolder: string): string {
  return join(slCaiFolder, "without-replay");
}

function fineTune(
  context: StageContext,
  examples: readonly SlExampleRecord[],
  { slCai: { training } }: MethodOptions,
  writer: StageWriter,
  meter: Meter,
  label: string,
) {
  const job: SftJob = {
    objective: "sft",
    initial: context.initial,
    output: label === "fine-tuning" ? writer.folder : withoutReplayFolder(writer.folder),
    seed: context.seed,
    examples: examples.map(sftExample),
    epochs: training.epochs,
    learningRate: training.learningRate,
    ...jobSettings(training),
    ...signalOf(context),
  };
  return train(context, job, writer, meter, { stage: "sl-cai", label, count: (m, tokens) => m.trained(tokens) });
}

function sftExample({ id, prompt, completion, weight }: SlExampleRecord): SftExample {
  return { id, prompt, completion, weight };
}
