import { compare, isAnswered, isIdentical, type Pair, type ResponseRecord, respond } from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import type { PromptItem, PromptSource } from "../records/index.ts";
import { batchesFrom, finishBatches, type RecordLog, type StageWriter } from "../runs/index.ts";
import { type AiFeedbackCounts, AiFeedbackTally } from "./ai-feedback-counts.ts";
import {
  type AiFeedbackInputs,
  type AiFeedbackJob,
  type AiFeedbackRecord,
  aiFeedbackStage,
} from "./ai-feedback-job.ts";
import type { DataStageContext } from "./context.ts";
import { contrastPairs } from "./contrast.ts";
import { feedbackContext, refuseNothing } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import { refuseNoPairs } from "./no-pairs.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type AiFeedbackSummary, aiFeedbackSummarySchema } from "./summaries.ts";

/** Pairs compared between two looks at whether the labels teach anything, where somebody looks: a batch may hold many more. */
const WATCHED_PAIRS = 64;

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
    judge: options.aiFeedback.contrast === undefined ? undefined : inputs.judge?.key,
  };
  return runStage(context, aiFeedbackStage, read, aiFeedbackSummarySchema, async (writer, meter) => ({
    ...(await makeComparisons(context, inputs, options, writer, meter)),
    ...meter.cost(),
  }));
}

async function makeComparisons(
  context: DataStageContext,
  inputs: AiFeedbackInputs,
  options: MethodOptions,
  writer: StageWriter<{ records: AiFeedbackRecord }>,
  meter: Meter,
): Promise<AiFeedbackCounts & Pick<AiFeedbackSummary, "contrast">> {
  const log = await writer.records("records");
  const tellRecords = <T extends AiFeedbackRecord>(records: T[]): T[] => {
    context.onRecords?.(records);
    return records;
  };
  const job: AiFeedbackJob = { context, inputs, options, log, meter, tellRecords };
  const { contrast } = options.aiFeedback;
  const { sizes } = inputs.prompts;
  const found = { prompts: sizes["red-team"] + sizes.helpful, identicalPairs: 0, incompletePairs: 0 };
  const made = contrast === undefined ? undefined : await contrastPairs(job, contrast);
  if (made === undefined) await compareSamples(job, found);
  else if (made.pairs.length > 0) await judgePairs(job, made.pairs, made.pairs.length);
  await log.close();
  const tally = new AiFeedbackTally();
  for await (const record of log.all())
    if (record.type === "comparison" || record.type === "no-label") tally.add(record);
  return { ...tally.counts(found), contrast: made?.summary };
}

/** Two answers to every prompt, of which those that differ are compared. */
async function compareSamples(
  job: AiFeedbackJob,
  found: { prompts: number; identicalPairs: number; incompletePairs: number },
): Promise<void> {
  const { context, inputs, options, log, meter, tellRecords } = job;
  const { prompts, slCai } = inputs;
  const { progress, concurrency } = context;
  const { batchPrompts, aiFeedback } = options;
  progress.start("ai-feedback", "two answers per prompt", found.prompts, "prompts");
  await withModel(slCai.open, async (open) => {
    const answer = async (
      items: readonly PromptItem[],
      onShare: (share: number) => void,
    ): Promise<AiFeedbackRecord[]> => {
      const role = { name: slCai.name, model: await open() };
      const asked = feedbackContext(context, "ai-feedback", role, meter, { calls: 1, onShare });
      return tellRecords(await respond(items, 2, asked, aiFeedback.sampling));
    };
    const batches = batchesFrom("responses", prompts.items(), batchPrompts);
    const advance = (items: number): void => progress.advance(items);
    await finishBatches(log, batches, advance, answer, slCai.concurrency ?? concurrency);
  });
  let pairs = 0;
  for await (const pair of pairsOf(log, prompts, batchPrompts)) {
    if (!pair.every(isAnswered)) found.incompletePairs += 1;
    else if (isIdentical(pair)) found.identicalPairs += 1;
    else pairs += 1;
  }
  if (pairs === 0) {
    const { prompts: n, identicalPairs: identical } = found;
    refuseNoPairs(context, { prompts: n, identical, incomplete: n - identical });
  }
  await judgePairs(job, keepComparable(pairsOf(log, prompts, batchPrompts)), pairs);
}

/** Asks the feedback model about every pair. */
async function judgePairs(
  { context, inputs, options, log, meter, tellRecords }: AiFeedbackJob,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  count: number,
): Promise<void> {
  const { feedback } = inputs;
  const { labels } = options.aiFeedback;
  const { progress, concurrency } = context;
  progress.start("ai-feedback", "comparisons", count, "pairs");
  await withModel(feedback.open, async (open) => {
    const judge = async (items: readonly Pair[], onShare: (share: number) => void): Promise<AiFeedbackRecord[]> => {
      const role = { name: feedback.name, model: await open() };
      const parts = context.refuseUseless === undefined ? [items] : splitBatch(items, WATCHED_PAIRS);
      const calls = parts.length * (labels.chainOfThought ? 2 : 1);
      const asked = feedbackContext(context, "ai-feedback", role, meter, { calls, onShare });
      const records: AiFeedbackRecord[] = [];
      for (const part of parts) {
        context.refuseUseless?.();
        records.push(...tellRecords(await compare(part, asked, labels)));
      }
      return records;
    };
    const batches = batchesFrom("comparisons", pairs, options.batchPairs);
    const advance = (items: number): void => progress.advance(items);
    await finishBatches(log, batches, advance, judge, feedback.concurrency ?? concurrency);
  });
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
