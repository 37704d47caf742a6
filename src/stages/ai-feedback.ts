import { PreceptError } from "../errors.ts";
import {
  type ComparisonRecord,
  compare,
  type FeedbackContext,
  isAnswered,
  isIdentical,
  type NoLabelRecord,
  type Pair,
  pickLeastAlike,
  respondAt,
} from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import type { PromptItem } from "../records/index.ts";
import { batchesFrom, finishBatches, type StageWriter } from "../runs/index.ts";
import { type AiFeedbackCounts, AiFeedbackTally } from "./ai-feedback-counts.ts";
import {
  type AiFeedbackInputs,
  type AiFeedbackJob,
  type AiFeedbackRecord,
  aiFeedbackStage,
  type PairDebates,
} from "./ai-feedback-job.ts";
import type { DataStageContext, ModelRole } from "./context.ts";
import { contrastPairs } from "./contrast.ts";
import { feedbackContext, refuseNothing } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import { refuseNoPairs } from "./no-pairs.ts";
import { type MethodOptions, paperAnswers, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type AiFeedbackSummary, aiFeedbackSummarySchema } from "./summaries.ts";

/** Pairs compared between two looks at whether the labels teach anything, where somebody looks: a batch may hold many more. */
const WATCHED_PAIRS = 64;

/**
 * AI comparisons, Bai et al. 2022 §4.1: SL-CAI answers every prompt twice at temperature 1; the feedback model, in the paper
 * the frozen initial one, says which answer the principles prefer. Of more answers the two least alike are compared. Pairs that
 * say the same are dropped.
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
    initial: inputs.initial?.key,
    debates: options.aiFeedback.debate === undefined ? undefined : inputs.debates?.version,
  };
  if (options.aiFeedback.debate !== undefined) await refuseNothingHidden(inputs);
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

/** Answers to every prompt, of which two that differ are compared. */
async function compareSamples(
  job: AiFeedbackJob,
  found: { prompts: number; identicalPairs: number; incompletePairs: number },
): Promise<void> {
  const { context, inputs, options } = job;
  const { slCai, initial } = inputs;
  const answers = options.aiFeedback.answers ?? paperAnswers;
  const samples = Array.from({ length: answers.slCai + answers.initial }, (_, sample) => sample);
  await answerPrompts(job, slCai, { batches: "responses", samples: samples.slice(0, answers.slCai) });
  if (initial !== undefined)
    await answerPrompts(job, initial, { batches: "initial-responses", samples: samples.slice(answers.slCai) });
  let pairs = 0;
  for await (const pair of pairsOf(job)) {
    if (!pair.every(isAnswered)) found.incompletePairs += 1;
    else if (isIdentical(pair)) found.identicalPairs += 1;
    else pairs += 1;
  }
  if (pairs === 0) {
    const { prompts: n, identicalPairs: identical } = found;
    refuseNoPairs(context, { prompts: n, identical, incomplete: n - identical });
  }
  await judgePairs(job, keepComparable(pairsOf(job)), pairs);
}

/** One model's answers to every prompt, as samples of the given numbers. */
async function answerPrompts(
  { context, inputs, options, log, meter, tellRecords }: AiFeedbackJob,
  role: ModelRole,
  { batches: name, samples }: { readonly batches: string; readonly samples: readonly number[] },
): Promise<void> {
  const { prompts } = inputs;
  const { progress, concurrency } = context;
  const { sizes } = prompts;
  const count = sizes["red-team"] + sizes.helpful;
  const answers = samples.length === 2 ? "two answers" : `${samples.length} answers`;
  progress.start("ai-feedback", `${answers} per prompt`, count, "prompts");
  await withModel(role.open, async (open) => {
    const answer = async (
      items: readonly PromptItem[],
      onShare: (share: number) => void,
    ): Promise<AiFeedbackRecord[]> => {
      const opened = { name: role.name, model: await open() };
      const asked = feedbackContext(context, "ai-feedback", opened, meter, { calls: 1, onShare });
      const places = items.flatMap((prompt) => samples.map((sample) => ({ prompt, sample })));
      return tellRecords(await respondAt(places, asked, options.aiFeedback.sampling));
    };
    const batches = batchesFrom(name, prompts.items(), options.batchPrompts);
    const advance = (items: number): void => progress.advance(items);
    await finishBatches(log, batches, advance, answer, role.concurrency ?? concurrency);
  });
}

/** Asks the feedback model about every pair, or has it judge a debate about each. */
async function judgePairs(
  job: AiFeedbackJob,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  count: number,
): Promise<void> {
  const { slCai } = job.inputs;
  const { labels, debate } = job.options.aiFeedback;
  if (debate === undefined) return labelPairs(job, pairs, count, (part, asked) => compare(part, asked, labels));
  await withModel(slCai.open, (openDebater) =>
    labelPairs(job, pairs, count, async (part, judge) => {
      const debater = { name: slCai.name, model: await openDebater() };
      return debatesOf(job.inputs).label(part, { judge, debater, rounds: debate.rounds, labels });
    }),
  );
}

function debatesOf({ debates }: AiFeedbackInputs): PairDebates {
  if (debates === undefined) throw new RangeError("labels by debate, and nobody says how pairs are debated");
  return debates;
}

/** @throws PreceptError usage where a prompt says all that there is to know: then a judge is asked, and nothing is to be argued. */
async function refuseNothingHidden(inputs: AiFeedbackInputs): Promise<void> {
  const debates = debatesOf(inputs);
  let [open, all] = [0, 0];
  for await (const { messages } of inputs.prompts.items()) {
    all += 1;
    if (!debates.hides(messages)) open += 1;
  }
  if (open === 0) return;
  throw new PreceptError("usage", {
    attempted: "Labelling comparisons by debate",
    found: `${open} of ${all} prompts without a passage that the judge does not see`,
    expected: `a passage in every prompt, ${debates.wanted}: debate helps where the debaters know what the judge does not`,
    remedy: "other prompts; or leave labels: debate out, and the feedback model is asked",
  });
}

/** Labels all pairs, a batch at a time. */
async function labelPairs(
  { context, inputs, options, log, meter, tellRecords }: AiFeedbackJob,
  pairs: Iterable<Pair> | AsyncIterable<Pair>,
  count: number,
  label: (part: readonly Pair[], asked: FeedbackContext) => Promise<(ComparisonRecord | NoLabelRecord)[]>,
): Promise<void> {
  const { feedback } = inputs;
  const { labels, debate } = options.aiFeedback;
  const { progress, concurrency } = context;
  progress.start("ai-feedback", debate === undefined ? "comparisons" : "debates", count, "pairs");
  await withModel(feedback.open, async (open) => {
    const judge = async (items: readonly Pair[], onShare: (share: number) => void): Promise<AiFeedbackRecord[]> => {
      const role = { name: feedback.name, model: await open() };
      const parts = context.refuseUseless === undefined ? [items] : splitBatch(items, WATCHED_PAIRS);
      const calls = parts.length * (labels.chainOfThought ? 2 : 1);
      const asked = feedbackContext(context, "ai-feedback", role, meter, { calls, onShare });
      const records: AiFeedbackRecord[] = [];
      for (const part of parts) {
        context.refuseUseless?.();
        records.push(...tellRecords(await label(part, asked)));
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

/** Two answers to every prompt, sample 0 first, of more the two least alike; in the order of the prompts, a batch in memory. */
async function* pairsOf({ inputs, options, log }: AiFeedbackJob): AsyncGenerator<Pair, void, undefined> {
  const { prompts, initial } = inputs;
  const batchesOf = (name: string) => batchesFrom(name, prompts.items(), options.batchPrompts);
  const ofInitial = initial === undefined ? undefined : batchesOf("initial-responses");
  for await (const { id, items } of batchesOf("responses")) {
    const beside = await ofInitial?.next();
    const records = [id, ...(beside?.value === undefined ? [] : [beside.value.id])].flatMap((batch) =>
      log.batch(batch),
    );
    const responses = records.filter((record) => record.type === "response");
    const byPrompt = Map.groupBy(responses, ({ promptId }) => promptId);
    for (const { id: promptId } of items) {
      const pair = pickLeastAlike((byPrompt.get(promptId) ?? []).sort((a, b) => a.sample - b.sample));
      if (pair !== undefined) yield pair;
    }
  }
}
