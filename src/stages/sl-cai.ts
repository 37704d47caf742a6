import { join } from "node:path";
import { z } from "zod";
import {
  critiqueRevisionChains,
  type FeedbackContext,
  type ReplayDocument,
  replayPair,
  respond,
  trainingPairs,
} from "../feedback/index.ts";
import {
  critiqueSchema,
  type PromptItem,
  responseSchema,
  revisionSchema,
  type SlExampleRecord,
  slExampleSchema,
} from "../records/index.ts";
import { contentHash, hashFolder, type StageWriter } from "../runs/index.ts";
import type { SftExample, SftJob } from "../training/trainer.ts";
import type { StageContext } from "./context.ts";
import { feedbackContext, refuseNothing } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import { defaultOptions, type MethodOptions } from "./options.ts";
import { batchesOf, collect, finishBatches, runStage, type StageResult, tally, withModel } from "./run-stage.ts";
import { type SlCaiSummary, slCaiSummarySchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

export interface SlCaiInputs {
  /** Red-team prompts are critiqued and revised; helpful ones are answered by the initial model and trained on as they are. */
  readonly prompts: readonly PromptItem[];
  /** Documents of the frozen pre-training corpus, trained on beside the pairs. */
  readonly replay?: readonly ReplayDocument[];
}

const recordSchema = z.discriminatedUnion("type", [responseSchema, critiqueSchema, revisionSchema, slExampleSchema]);
type SlCaiRecord = z.infer<typeof recordSchema>;

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
  refuseNothing(prompts, "sl-cai");
  const read = {
    options: options.slCai,
    batch: options.batchPrompts,
    initial: await hashFolder(context.initial),
    prompts: contentHash(prompts),
    replay: contentHash(replay),
  };
  return runStage(context, "sl-cai", read, slCaiSummarySchema, async (writer, meter) => {
    const records = await makeRecords(context, prompts, replay, options, writer, meter);
    const examples = records.filter((record) => record.type === "sl-example");
    const training = await fineTune(context, examples, options, writer, meter, "fine-tuning");
    const own = examples.filter(({ source }) => source !== "replay");
    const isExtra = options.slCai.alsoWithoutReplay && own.length < examples.length;
    const extra = isExtra
      ? await fineTune(context, own, options, writer, meter, "fine-tuning without replay")
      : undefined;
    return {
      ...meter.cost(),
      ...slCaiCounts(records),
      training: trainedSummary(training),
      ...(extra === undefined ? {} : { withoutReplay: trainedSummary(extra) }),
    };
  });
}

/** Folder of the checkpoint trained without replay, where options asked for it. */
export function withoutReplayFolder(slCaiFolder: string): string {
  return join(slCaiFolder, "without-replay");
}

async function makeRecords(
  context: StageContext,
  prompts: readonly PromptItem[],
  replay: readonly ReplayDocument[],
  options: MethodOptions,
  writer: StageWriter,
  meter: Meter,
): Promise<SlCaiRecord[]> {
  const { slCai, batchPrompts } = options;
  const { progress, templates } = context;
  const log = await writer.records(recordSchema);
  const redTeam = batchesOf(
    "red-team",
    prompts.filter(({ kind }) => kind === "red-team"),
    batchPrompts,
  );
  const helpful = batchesOf(
    "helpful",
    prompts.filter(({ kind }) => kind === "helpful"),
    batchPrompts,
  );
  const advance = (items: number): void => progress.advance(items);
  await withModel(
    () => context.load(context.initial),
    async (open) => {
      const feedback = async (): Promise<FeedbackContext> =>
        feedbackContext(context, "sl-cai", "initial", await open(), meter);
      progress.start("sl-cai", "critique and revision", prompts.length, "prompts");
      await finishBatches(log, redTeam, advance, async (items) => {
        const chains = await critiqueRevisionChains(items, await feedback(), slCai);
        return [...chains, ...trainingPairs(chains, templates, slCai.revisions)];
      });
      await finishBatches(log, helpful, advance, async (items) => {
        const answers = await respond(items, slCai.helpfulSamples, await feedback(), slCai.sampling);
        return [...answers, ...trainingPairs(answers, templates, "final")];
      });
    },
  );
  const origin = { stage: "sl-cai", constitutionHash: context.constitution.hash, templateVersion: templates.version };
  await finishBatches(
    log,
    batchesOf("replay", replay, 4096),
    () => undefined,
    async (items) => items.map((document) => replayPair(document, origin)),
  );
  const records = await collect(log);
  await log.close();
  const critiques = records.filter((record) => record.type === "critique");
  if (slCai.selection === "all" && critiques.length > 0 && critiques.every(({ finding }) => finding === "unclear")) {
    progress.message("No critique states a verdict, so nothing was revised: these templates need --principles random.");
  }
  return records;
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

/** The counts of a finished stage: a function of its records, so the same after any interruption. */
export function slCaiCounts(records: readonly SlCaiRecord[]) {
  const counts: Record<string, number> = {
    redTeamPrompts: 0,
    helpfulPrompts: 0,
    critiques: 0,
    revisions: 0,
    examples: 0,
  };
  const findings: Record<string, number> = { breaks: 0, keeps: 0, unclear: 0 };
  const outcomes: Record<string, number> = { usable: 0, unchanged: 0, empty: 0, "meta-text": 0, incomplete: 0 };
  const sources: Record<string, number> = { revision: 0, unrevised: 0, helpful: 0, replay: 0 };
  const byPrinciple: SlCaiSummary["byPrinciple"] = {};
  const usable = new Map<string, number>();
  const of = (id: string) => {
    byPrinciple[id] ??= { critiques: 0, breaks: 0, unclear: 0, revisions: 0, unchanged: 0, rejected: 0 };
    return byPrinciple[id];
  };
  for (const record of records) {
    if (record.type === "response") {
      if (record.sample === 0) tally(counts, record.kind === "helpful" ? "helpfulPrompts" : "redTeamPrompts");
      if (record.kind === "red-team") usable.set(record.promptId, usable.get(record.promptId) ?? 0);
      if (record.finishReason !== "stop") tally(counts, "incompleteResponses");
    } else if (record.type === "critique") {
      tally(counts, "critiques");
      tally(findings, record.finding);
      const own = of(record.principleId);
      own.critiques++;
      if (record.finding !== "keeps") own[record.finding]++;
    } else if (record.type === "revision") {
      tally(counts, "revisions");
      tally(outcomes, record.outcome);
      const own = of(record.principleId);
      own.revisions++;
      if (record.outcome === "unchanged") own.unchanged++;
      else if (record.outcome !== "usable") own.rejected++;
      if (record.outcome === "usable") usable.set(record.promptId, (usable.get(record.promptId) ?? 0) + 1);
    } else {
      tally(counts, "examples");
      tally(sources, record.source);
    }
  }
  const revisionsPerPrompt: Record<string, number> = {};
  for (const revisions of usable.values()) tally(revisionsPerPrompt, String(revisions));
  return { counts, findings, outcomes, sources, byPrinciple, revisionsPerPrompt };
}
