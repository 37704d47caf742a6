import { z } from "zod";
import { compare, confidence, isIdentical, type Pair, respond } from "../feedback/index.ts";
import {
  type ComparisonRecord,
  comparisonSchema,
  type PromptItem,
  type ResponseRecord,
  responseSchema,
} from "../records/index.ts";
import { contentHash, hashFolder } from "../runs/index.ts";
import type { StageContext } from "./context.ts";
import { feedbackContext, refuseNothing } from "./feedback-context.ts";
import { defaultOptions, type MethodOptions } from "./options.ts";
import { batchesOf, collect, finishBatches, runStage, type StageResult, withModel } from "./run-stage.ts";
import { type AiFeedbackSummary, aiFeedbackSummarySchema } from "./summaries.ts";

export interface AiFeedbackInputs {
  /** Pairs on red-team prompts are harmlessness data, those on helpful prompts helpfulness data. */
  readonly prompts: readonly PromptItem[];
  /** Checkpoint folder of SL-CAI, which answers. */
  readonly slCai: string;
}

/**
 * AI comparisons, Bai et al. 2022 §4.1: SL-CAI answers every prompt twice at temperature 1; the frozen initial model, or
 * the feedback model of the context, says which answer the principles prefer. Pairs that say the same are dropped.
 * @throws PreceptError what the models or the disk throw; the stage stays resumable.
 */
export async function aiFeedback(
  context: StageContext,
  inputs: AiFeedbackInputs,
  options: MethodOptions = defaultOptions,
): Promise<StageResult<AiFeedbackSummary>> {
  const { prompts, slCai } = inputs;
  refuseNothing(prompts, "ai-feedback");
  const { progress, feedbackModel } = context;
  const read = {
    options: options.aiFeedback,
    batch: [options.batchPrompts, options.batchPairs],
    feedbackModel: feedbackModel?.name ?? (await hashFolder(context.initial)),
    slCai: await hashFolder(slCai),
    prompts: contentHash(prompts),
  };
  return runStage(context, "ai-feedback", read, aiFeedbackSummarySchema, async (writer, meter) => {
    const log = await writer.records(z.discriminatedUnion("type", [responseSchema, comparisonSchema]));
    progress.start("ai-feedback", "two answers a prompt", prompts.length, "prompts");
    await withModel(
      () => context.load(slCai),
      async (open) => {
        const batches = batchesOf("responses", prompts, options.batchPrompts);
        await finishBatches(
          log,
          batches,
          (items) => progress.advance(items),
          async (items) =>
            respond(
              items,
              2,
              feedbackContext(context, "ai-feedback", "sl-cai", await open(), meter),
              options.aiFeedback.sampling,
            ),
        );
      },
    );
    const order = new Map(prompts.map(({ id }, index) => [id, index]));
    const pairs = pairsOf((await collect(log)).filter((record) => record.type === "response"));
    pairs.sort(([a], [b]) => (order.get(a.promptId) ?? 0) - (order.get(b.promptId) ?? 0));
    const differing = pairs.filter((pair) => !isIdentical(pair));
    const name = feedbackModel?.name ?? "initial";
    progress.start("ai-feedback", "comparisons", differing.length, "pairs");
    await withModel(feedbackModel?.open ?? (() => context.load(context.initial)), async (open) => {
      const batches = batchesOf("comparisons", differing, options.batchPairs);
      await finishBatches(
        log,
        batches,
        (items) => progress.advance(items),
        async (items) =>
          compare(items, feedbackContext(context, "ai-feedback", name, await open(), meter), options.aiFeedback.labels),
      );
    });
    const comparisons = (await collect(log)).filter((record) => record.type === "comparison");
    await log.close();
    return {
      ...meter.cost(),
      ...aiFeedbackCounts(comparisons),
      counts: {
        prompts: prompts.length,
        identicalPairs: pairs.length - differing.length,
        comparisons: comparisons.length,
        harmlessness: comparisons.filter(({ source }) => source === "harmlessness").length,
        helpfulness: comparisons.filter(({ source }) => source === "helpfulness").length,
        ties: comparisons.filter(({ raw }) => confidence(raw) < 0.1).length,
      },
    };
  });
}

/** The two samples of every prompt, sample 0 first. */
function pairsOf(responses: readonly ResponseRecord[]): Pair[] {
  const byPrompt = Map.groupBy(responses, ({ promptId }) => promptId);
  return [...byPrompt.values()].flatMap((samples): Pair[] => {
    const [first, second] = samples.sort((a, b) => a.sample - b.sample);
    return first === undefined || second === undefined ? [] : [[first, second]];
  });
}

/** How sure, how consistent between the orders and how evenly spread over the principles the labels are. */
export function aiFeedbackCounts(comparisons: readonly ComparisonRecord[]) {
  const sums = new Map<string, { asked: number; decided: number; confidence: number; disagreement: number }>();
  let letters = 0;
  let questions = 0;
  for (const { principleId, probability, disagreement, orders } of comparisons.flatMap(({ evidence }) => evidence)) {
    const own = sums.get(principleId) ?? { asked: 0, decided: 0, confidence: 0, disagreement: 0 };
    sums.set(principleId, own);
    own.asked++;
    if (Math.abs(probability - 0.5) > 0.25) own.decided++;
    own.confidence += confidence(probability);
    own.disagreement += disagreement;
    letters += orders[0].probability - 0.5 + (0.5 - orders[1].probability);
    questions += 2;
  }
  const disagreement = [...sums.values()].reduce((sum, own) => sum + own.disagreement, 0);
  return {
    meanConfidence: meanOf(comparisons.map(({ raw }) => confidence(raw))),
    meanDisagreement: questions === 0 ? 0 : disagreement / (questions / 2),
    letterBias: questions === 0 ? 0 : letters / questions,
    byPrinciple: Object.fromEntries(
      [...sums].map(([id, { asked, decided, ...own }]) => [
        id,
        { asked, decided, meanConfidence: own.confidence / asked, meanDisagreement: own.disagreement / asked },
      ]),
    ),
  };
}

function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
