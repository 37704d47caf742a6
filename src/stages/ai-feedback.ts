import { z } from "zod";
import {
  compare,
  comparisonSchema,
  isAnswered,
  isIdentical,
  noLabelSchema,
  type Pair,
  type ResponseRecord,
  respond,
  responseSchema,
} from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import type { PromptItem, PromptSource } from "../records/index.ts";
import { batchesFrom, defineStage, finishBatches, type RecordLog, type StageWriter } from "../runs/index.ts";
import { type AiFeedbackCounts, AiFeedbackTally } from "./ai-feedback-counts.ts";
import type { DataStageContext, ModelRole } from "./context.ts";
import { feedbackContext, refuseNothing } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type AiFeedbackSummary, aiFeedbackSummarySchema } from "./summaries.ts";

const recordSchema = z.discriminatedUnion("type", [responseSchema, comparisonSchema, noLabelSchema]);
type AiFeedbackRecord = z.infer<typeof recordSchema>;

/** Pairs compared between two looks at whether the labels teach anything, where somebody looks: a batch may hold many more. */
const WATCHED_PAIRS = 64;

/** AI comparisons of the answers of SL-CAI. */
export const aiFeedbackStage = defineStage({
  name: "ai-feedback",
  after: ["sl-cai"],
  records: { records: recordSchema },
});

export interface AiFeedbackInputs {
  readonly prompts: PromptSource;
  /** Answers every prompt twice. */
  readonly slCai: ModelRole;
  /** Says which answer the principles prefer. */
  readonly feedback: ModelRole;
}

/**
 * AI comparisons, Bai et al. 2022 §4.1: SL-CAI answers every prompt twice at temperature 1; the feedback model, in the paper
 * the frozen initial one, says which answer the principles prefer. Pairs that say the same are dropped.
 * @throws PreceptError what the models or the disk throw; the stage stays resumable.
 */
export async function aiFeedback(
  context: DataStageContext,
  inputs: AiFeedbackInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<AiFeedbackSummary>> {
  const { prompts, slCai, feedback } = inputs;
  refuseNothing(prompts.sizes["red-team"] + prompts.sizes.helpful, "ai-feedback");
  const read = {
    options: options.aiFeedback,
    batch: [options.batchPrompts, options.batchPairs],
    feedbackModel: feedback.key,
    slCai: slCai.key,
    prompts: prompts.hash,
  };
  return runStage(context, aiFeedbackStage, read, aiFeedbackSummarySchema, async (writer, meter) => ({
    ...(await makeComparisons(context, inputs, options, writer, meter)),
    ...meter.cost(),
  }));
}

async function makeComparisons(
  context: DataStageContext,
  { prompts, slCai, feedback }: AiFeedbackInputs,
  { batchPrompts, batchPairs, aiFeedback: options }: MethodOptions,
  writer: StageWriter<{ records: AiFeedbackRecord }>,
  meter: Meter,
): Promise<AiFeedbackCounts> {
  const { progress, concurrency, onRecords } = context;
  const log = await writer.records("records");
  const size = prompts.sizes["red-team"] + prompts.sizes.helpful;
  const advance = (items: number): void => progress.advance(items);
  const tellRecords = <T extends AiFeedbackRecord>(records: T[]): T[] => {
    onRecords?.(records);
    return records;
  };
  progress.start("ai-feedback", "two answers per prompt", size, "prompts");
  await withModel(slCai.open, async (open) => {
    const answer = async (
      items: readonly PromptItem[],
      onShare: (share: number) => void,
    ): Promise<AiFeedbackRecord[]> => {
      const role = { name: slCai.name, model: await open() };
      const asked = feedbackContext(context, "ai-feedback", role, meter, { calls: 1, onShare });
      return tellRecords(await respond(items, 2, asked, options.sampling));
    };
    const batches = batchesFrom("responses", prompts.items(), batchPrompts);
    await finishBatches(log, batches, advance, answer, slCai.concurrency ?? concurrency);
  });
  const found = { prompts: size, identicalPairs: 0, incompletePairs: 0, pairs: 0 };
  for await (const pair of pairsOf(log, prompts, batchPrompts)) {
    if (!pair.every(isAnswered)) found.incompletePairs += 1;
    else if (isIdentical(pair)) found.identicalPairs += 1;
    else found.pairs += 1;
  }
  progress.start("ai-feedback", "comparisons", found.pairs, "pairs");
  await withModel(feedback.open, async (open) => {
    const judge = async (items: readonly Pair[], onShare: (share: number) => void): Promise<AiFeedbackRecord[]> => {
      const role = { name: feedback.name, model: await open() };
      const parts = context.refuseUseless === undefined ? [items] : splitBatch(items, WATCHED_PAIRS);
      const calls = parts.length * (options.labels.chainOfThought ? 2 : 1);
      const asked = feedbackContext(context, "ai-feedback", role, meter, { calls, onShare });
      const records: AiFeedbackRecord[] = [];
      for (const part of parts) {
        context.refuseUseless?.();
        records.push(...tellRecords(await compare(part, asked, options.labels)));
      }
      return records;
    };
    const batches = batchesFrom("comparisons", keepComparable(pairsOf(log, prompts, batchPrompts)), batchPairs);
    await finishBatches(log, batches, advance, judge, feedback.concurrency ?? concurrency);
  });
  await log.close();
  const tally = new AiFeedbackTally();
  for await (const record of log.all()) if (record.type !== "response") tally.add(record);
  return tally.counts(found);
}

function splitBatch(pairs: readonly Pair[], size: number): (readonly Pair[])[] {
  return Array.from({ length: Math.ceil(pairs.length / size) }, (_, part) =>
    pairs.slice(part * size, (part + 1) * size),
  );
}

async function* keepComparable(pairs: AsyncIterable<Pair>): AsyncGenerator<Pair, void, undefined> {
  for await (const pair of pairs) if (pair.every(isAnswered) && !isIdentical(pair)) yield pair;
}

/** The two samples of every prompt, sample 0 first, in the order of the prompts, a batch in memory. */
async function* pairsOf(
  log: RecordLog<AiFeedbackRecord>,
  prompts: PromptSource,
  batchPrompts: number,
): AsyncGenerator<Pair, void, undefined> {
  for await (const { id, items } of batchesFrom("responses", prompts.items(), batchPrompts)) {
    const responses = log.batch(id).filter((record) => record.type === "response");
    const byPrompt = Map.groupBy(responses, ({ promptId }) => promptId);
    for (const { id: promptId } of items) {
      const samples: ResponseRecord[] = (byPrompt.get(promptId) ?? []).sort((a, b) => a.sample - b.sample);
      const [first, second] = samples;
      if (first !== undefined && second !== undefined) yield [first, second];
    }
  }
}
