import { drawPrinciple, type Principle, principlesFor } from "../constitution/index.ts";
import type { Choice, ChoiceRequest, Generation, Usage } from "../models/language-model.ts";
import type { ComparisonRecord, Evidence, ResponseRecord } from "../records/index.ts";
import { rng } from "../rng.ts";
import { type Ask, chooseAll, generateAll, type Sampling } from "./calls.ts";
import { type FeedbackContext, provenanceOf, requestSeed } from "./context.ts";
import { averageOrders, clampLabel, hardLabel, orderDisagreement, sumLogOdds } from "./labels.ts";
import { at } from "./responses.ts";
import type { ComparisonInput } from "./templates.ts";

/**
 * AI comparisons, Bai et al. 2022 §4.1: a feedback model says which of two responses a principle prefers.
 * Departures: both orders are always asked (Lee et al. 2023 §2.1.1); `principles: "all"` asks every principle and sums
 * log-odds, where the paper draws one a pair.
 */
export interface LabelOptions {
  readonly principles: "random" | "all";
  readonly chainOfThought: boolean;
  /** Bounds of the label, applied last; null leaves it. The paper: [0.4, 0.6] with chain of thought. */
  readonly clamp: readonly [number, number] | null;
  /** 0 or 1 instead of a probability. */
  readonly hard: boolean;
  readonly thoughtSampling: Sampling;
}

/** Two samples of one prompt. */
export type Pair = readonly [ResponseRecord, ResponseRecord];

/** Whether two samples say the same, so that nothing can be learned from comparing them. */
export function isIdentical([a, b]: Pair): boolean {
  return a.response === b.response;
}

/**
 * Labels every pair in both orders: one call for all chains of thought, one for all choices. Pairs of "helpful" prompts
 * count as helpfulness data. Without principles every label is 0.5.
 */
export async function compare(
  pairs: readonly Pair[],
  context: FeedbackContext,
  options: LabelOptions,
): Promise<ComparisonRecord[]> {
  const cases = pairs.map((pair): Case => ({ pair, principles: asked(pair, context, options) }));
  const questions = cases.flatMap(({ pair, principles }) =>
    principles.flatMap((principle) => bothOrders(pair, principle, context)),
  );
  const thoughts = options.chainOfThought ? await think(questions, context, options.thoughtSampling) : undefined;
  const requests = questions.map((question, index): ChoiceRequest => {
    const { templates } = context;
    const thought = thoughts === undefined ? undefined : at(thoughts, index).text.trim();
    const rendered =
      thought === undefined ? templates.comparison(question.input) : templates.comparisonAfter(question.input, thought);
    return { id: question.id, seed: question.seed, ...rendered };
  });
  const choices = await chooseAll(context, requests);
  let next = 0;
  return cases.map(({ pair, principles }): ComparisonRecord => {
    const start = next;
    next += 2 * principles.length;
    const answers = { choices: choices.slice(start, next), thoughts: thoughts?.slice(start, next) };
    const evidence = principles.map((principle, k) => evidenceOf(principle, answers, 2 * k));
    return comparisonRecord(pair, principles, evidence, usageOf(answers), context, options);
  });
}

interface Case {
  readonly pair: Pair;
  readonly principles: readonly Principle[];
}

interface Question {
  readonly id: string;
  readonly seed: number;
  readonly input: ComparisonInput;
}

interface Answers {
  readonly choices: readonly Choice[];
  readonly thoughts: readonly Generation[] | undefined;
}

function asked([first]: Pair, context: FeedbackContext, options: LabelOptions): readonly Principle[] {
  const principles = principlesFor(context.constitution, "comparison");
  if (options.principles === "all" || principles.length === 0) return principles;
  return [drawPrinciple(principles, rng(context.seed, context.stage, first.promptId, 0, "principle"))];
}

/** The letters stay, the contents change places. */
function bothOrders([first, second]: Pair, principle: Principle, context: FeedbackContext): Question[] {
  const { promptId, messages } = first;
  const orders: readonly Pair[] = [
    [first, second],
    [second, first],
  ];
  return orders.map(([a, b], order): Question => {
    const role = `comparison/${principle.id}/${order === 0 ? "as-given" : "swapped"}`;
    return {
      id: `${context.stage}/${promptId}/${role}`,
      seed: requestSeed(context, { item: promptId, round: 0, sample: 0, role }),
      input: { messages, responses: [a.response, b.response], principle },
    };
  });
}

async function think(
  questions: readonly Question[],
  context: FeedbackContext,
  sampling: Sampling,
): Promise<Generation[]> {
  const asks = questions.map(({ id, seed, input }): Ask => ({ id, seed, rendered: context.templates.thought(input) }));
  return generateAll(context, asks, sampling);
}

function evidenceOf(principle: Principle, { choices, thoughts }: Answers, start: number): Evidence {
  const asGiven = at(choices, start);
  const swapped = at(choices, start + 1);
  const pFirstLetter = (choice: Choice): number => Math.min(1, Math.max(0, at(choice.probabilities, 0)));
  const thoughtAt = (index: number): string | null => thoughts?.[index]?.text.trim() ?? null;
  return {
    principleId: principle.id,
    weight: principle.weight,
    orders: [
      { probability: pFirstLetter(asGiven), thought: thoughtAt(start), method: asGiven.method },
      { probability: 1 - pFirstLetter(swapped), thought: thoughtAt(start + 1), method: swapped.method },
    ],
    probability: averageOrders(pFirstLetter(asGiven), pFirstLetter(swapped)),
    disagreement: orderDisagreement(pFirstLetter(asGiven), pFirstLetter(swapped)),
  };
}

function usageOf({ choices, thoughts }: Answers): Usage {
  let promptTokens = 0;
  let completionTokens = 0;
  for (const { usage } of [...choices, ...(thoughts ?? [])]) {
    promptTokens += usage.promptTokens;
    completionTokens += usage.completionTokens;
  }
  return { promptTokens, completionTokens };
}

function comparisonRecord(
  [first, second]: Pair,
  principles: readonly Principle[],
  evidence: Evidence[],
  usage: Usage,
  context: FeedbackContext,
  options: LabelOptions,
): ComparisonRecord {
  const raw = rawLabel(evidence, options.principles);
  const soft = options.hard ? hardLabel(raw) : raw;
  const [only] = principles;
  return {
    type: "comparison",
    ...provenanceOf(context),
    id: `${context.stage}/${first.promptId}/comparison`,
    parents: [first.id, second.id],
    principleId: options.principles === "random" && only !== undefined ? only.id : null,
    seed: requestSeed(context, { item: first.promptId, round: 0, sample: 0, role: "comparison" }),
    promptId: first.promptId,
    source: first.kind === "helpful" ? "helpfulness" : "harmlessness",
    responses: [first.response, second.response],
    label: options.clamp === null ? soft : clampLabel(soft, options.clamp),
    raw,
    clamp: options.clamp === null ? null : [...options.clamp],
    evidence,
    usage,
  };
}

/** One drawn principle's probability as it is; for an ensemble the summed log-odds. 0.5 without principles. */
function rawLabel(evidence: readonly Evidence[], principles: LabelOptions["principles"]): number {
  const [only] = evidence;
  return principles === "random" ? (only?.probability ?? 0.5) : sumLogOdds(evidence);
}
