import { drawPrinciple, type Principle, type PrincipleUse, principlesFor } from "../constitution/index.ts";
import type { Choice, ChoiceRequest, Generation, Usage } from "../language-model.ts";
import { isRefusal } from "../reading/index.ts";
import type { PromptItem } from "../records/index.ts";
import { rng } from "../rng.ts";
import { type Ask, chooseAll, generateAll, type Sampling } from "./calls.ts";
import { type FeedbackContext, provenanceOf, requestSeed } from "./context.ts";
import { averageOrders, orderDisagreement, shapeLabel, sumLogOdds } from "./labels.ts";
import type { ComparisonRecord, Evidence, NoLabelRecord, ResponseRecord, Unanswered } from "./records.ts";
import { at, isAnswered, missingOf } from "./responses.ts";
import type { ComparisonInput } from "./templates.ts";

/**
 * AI comparisons, Bai et al. 2022 §4.1: a feedback model says which of two responses a principle prefers.
 * Departures: both orders are always asked (Lee et al. 2023, §2.1.1); `principles: "all"` asks about every principle and sums
 * log-odds, where the paper draws one principle per pair. A principle whose question was refused or answered unreadably in
 * either order gives no evidence; a pair without evidence gets no label.
 */
export interface LabelOptions {
  readonly principles: "random" | "all";
  readonly chainOfThought: boolean;
  /** Bounds of the label, applied last; null: none. The paper: [0.4, 0.6] with chain of thought. */
  readonly clamp: readonly [number, number] | null;
  /** Labels are 0 or 1 instead of probabilities. */
  readonly hard: boolean;
  /** T by which the log-odds of a label are divided, before hardening; below 1 for models whose probabilities are timid. Default 1. */
  readonly temperature?: number | undefined;
  readonly thoughtSampling: Sampling;
}

/** Two samples of one prompt. */
export type Pair = readonly [ResponseRecord, ResponseRecord];

/** Whether two samples are the same text, so that comparing them teaches nothing. */
export function isIdentical([a, b]: Pair): boolean {
  return a.response === b.response;
}

/**
 * Labels every pair in both orders: one call for all chains of thought, one for all choices. Pairs of "helpful" prompts
 * count as helpfulness data. Without principles every label is 0.5; where all are bound to another kind of prompt, a pair
 * is left out.
 */
export async function compare(
  pairs: readonly Pair[],
  context: FeedbackContext,
  options: LabelOptions,
): Promise<(ComparisonRecord | NoLabelRecord)[]> {
  const isEmpty = context.constitution.principles.length === 0;
  const cases = pairs
    .map((pair): Case => ({ pair, principles: principlesOf(pair, context, options) }))
    .filter(({ principles }) => isEmpty || principles.length > 0);
  const questions = cases.flatMap(({ pair, principles }) =>
    principles.flatMap((principle) => questionsOf(pair, principle, context)),
  );
  const answers = await askAll(questions, context, options);
  let next = 0;
  return cases.map(({ pair, principles }) => {
    const own = answers.slice(next, next + 2 * principles.length);
    next += own.length;
    return recordOf({ pair, principles }, own, context, options);
  });
}

/** A pair, and the principles that it is compared under. */
interface Case {
  readonly pair: Pair;
  readonly principles: readonly Principle[];
}

interface Question {
  readonly id: string;
  readonly seed: number;
  readonly order: Unanswered["order"];
  readonly principle: Principle;
  readonly input: ComparisonInput;
}

/** The outcome of one question: a choice, or why there is none. */
interface Answer {
  readonly question: Question;
  readonly thought: Generation | undefined;
  readonly choice: Choice | undefined;
  readonly unanswered: Unanswered | undefined;
}

async function askAll(
  questions: readonly Question[],
  context: FeedbackContext,
  options: LabelOptions,
): Promise<Answer[]> {
  const { templates } = context;
  const thoughts = options.chainOfThought ? await think(questions, context, options.thoughtSampling) : undefined;
  const open = questions.map((question, index) => {
    const thought = thoughts === undefined ? undefined : at(thoughts, index);
    return { question, thought, unanswered: thought && readThoughtFault(question, thought, context) };
  });
  const pending = open.filter(({ unanswered }) => unanswered === undefined);
  const requests = pending.map(({ question: { id, seed, input }, thought }): ChoiceRequest => {
    const rendered =
      thought === undefined ? templates.comparison(input) : templates.comparisonAfter(input, thought.text.trim());
    return { id, seed, ...rendered };
  });
  const choices = new Map((await chooseAll(context, requests)).map((choice) => [choice.id, choice]));
  return open.map(({ question, thought, unanswered }) => {
    const choice = choices.get(question.id);
    return { question, thought, choice, unanswered: unanswered ?? (choice && readChoiceFault(question, choice)) };
  });
}

/** Why a chain of thought cannot be used: withheld, empty, or a refusal in the feedback model's own words. */
function readThoughtFault(
  { principle, order }: Question,
  thought: Generation,
  { templates }: FeedbackContext,
): Unanswered | undefined {
  const place = { principleId: principle.id, order };
  const { missing } = missingOf(thought);
  const said = thought.error ?? thought.text.trim().slice(0, 200);
  if (missing !== undefined || !isAnswered({ finishReason: thought.finishReason })) {
    return { ...place, missing: missing ?? "content-filter", said };
  }
  const refused = thought.outcome === "refusal" || isRefusal(said, templates.refusals ?? []);
  return refused ? { ...place, missing: "refusal", said } : undefined;
}

function readChoiceFault({ principle, order }: Question, { outcome, error }: Choice): Unanswered | undefined {
  if (outcome === undefined || outcome === "answered") return undefined;
  return { principleId: principle.id, order, missing: outcome, said: error };
}

function principlesOf([first]: Pair, context: FeedbackContext, options: LabelOptions): readonly Principle[] {
  const principles = principlesFor(context.constitution, "comparison", first.kind);
  if (options.principles === "all") return principles;
  return [drawPrincipleFor({ id: first.promptId, kind: first.kind }, context)].filter((one) => one !== undefined);
}

/** The principle that is drawn for a prompt, to compare by unless said otherwise; none where all are bound to another kind. */
export function drawPrincipleFor(
  { id, kind }: Pick<PromptItem, "id" | "kind">,
  { constitution, seed, stage }: Pick<FeedbackContext, "constitution" | "seed" | "stage">,
  use: PrincipleUse = "comparison",
): Principle | undefined {
  const principles = principlesFor(constitution, use, kind);
  return principles.length === 0 ? undefined : drawPrinciple(principles, rng(seed, stage, id, 0, "principle"));
}

/** One question per order: the letters stay, the responses change places. */
function questionsOf([first, second]: Pair, principle: Principle, context: FeedbackContext): Question[] {
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
      order: order === 0 ? "as-given" : "swapped",
      principle,
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

function recordOf(
  { pair, principles }: Case,
  answers: readonly Answer[],
  context: FeedbackContext,
  options: LabelOptions,
): ComparisonRecord | NoLabelRecord {
  const unanswered = answers.flatMap((answer) => answer.unanswered ?? []);
  const silent = new Set(unanswered.map(({ principleId }) => principleId));
  const evidence = principles.flatMap((principle, k) =>
    silent.has(principle.id) ? [] : [evidenceOf(principle, at(answers, 2 * k), at(answers, 2 * k + 1))],
  );
  const [first, second] = pair;
  const [only] = principles;
  const shared = {
    ...provenanceOf(context),
    parents: [first.id, second.id],
    principleId: options.principles === "random" && only !== undefined ? only.id : null,
    seed: requestSeed(context, { item: first.promptId, round: 0, sample: 0, role: "comparison" }),
    promptId: first.promptId,
    source: first.kind === "helpful" ? "helpfulness" : "harmlessness",
    responses: [first.response, second.response],
    usage: usageOf(answers),
  } satisfies Partial<ComparisonRecord>;
  if (evidence.length === 0 && unanswered.length > 0) {
    return { ...shared, type: "no-label", id: `${context.stage}/${first.promptId}/no-label`, unanswered };
  }
  const raw = rawLabel(evidence, options.principles);
  return {
    ...shared,
    type: "comparison",
    id: `${context.stage}/${first.promptId}/comparison`,
    label: shapeLabel(raw, options),
    raw,
    clamp: options.clamp === null ? null : [...options.clamp],
    evidence,
    ...(unanswered.length === 0 ? {} : { unanswered }),
  };
}

function evidenceOf(principle: Principle, asGiven: Answer, swapped: Answer): Evidence {
  const given = probabilityOfFirst(asGiven);
  const turned = probabilityOfFirst(swapped);
  return {
    principleId: principle.id,
    weight: principle.weight,
    orders: [orderOf(asGiven, given), orderOf(swapped, 1 - turned)],
    probability: averageOrders(given, turned),
    disagreement: orderDisagreement(given, turned),
  };
}

function probabilityOfFirst({ choice }: Answer): number {
  return Math.min(1, Math.max(0, at(choice?.probabilities ?? [], 0)));
}

function orderOf({ thought, choice }: Answer, probability: number): Evidence["orders"][number] {
  return {
    probability,
    thought: thought?.text.trim() ?? null,
    method: choice?.method ?? "logprobs",
    votes: choice?.votes,
  };
}

function usageOf(answers: readonly Answer[]): Usage {
  let promptTokens = 0;
  let completionTokens = 0;
  for (const { choice, thought } of answers) {
    promptTokens += (choice?.usage.promptTokens ?? 0) + (thought?.usage.promptTokens ?? 0);
    completionTokens += (choice?.usage.completionTokens ?? 0) + (thought?.usage.completionTokens ?? 0);
  }
  return { promptTokens, completionTokens };
}

/** A single drawn principle's probability; for an ensemble, the summed log-odds. 0.5 without principles. */
function rawLabel(evidence: readonly Evidence[], principles: LabelOptions["principles"]): number {
  const [only] = evidence;
  return principles === "random" ? (only?.probability ?? 0.5) : sumLogOdds(evidence);
}
