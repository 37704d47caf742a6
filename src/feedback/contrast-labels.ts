import type { Principle } from "../constitution/index.ts";
import type { ScoreRequest } from "../language-model.ts";
import type { PromptItem } from "../records/index.ts";
import { rng } from "../rng.ts";
import { scoreAll } from "./calls.ts";
import { drawPrincipleFor } from "./comparisons.ts";
import { type FeedbackContext, type Origin, provenanceOf, requestSeed } from "./context.ts";
import { putUnder, type Side } from "./contexts.ts";
import { contrastReward, keepWidest, pickExtremes, rewardLabel } from "./contrast.ts";
import { hardLabel } from "./labels.ts";
import type { ComparisonRecord, ContrastRecord, ResponseRecord } from "./records.ts";
import { at, isAnswered, type Place } from "./responses.ts";

/** Which answers are compared, and who says which is better, where contexts of the principles take part in it. */
export interface ContrastOptions {
  /**
   * "samples": two answers to the messages alone. "west-of-n": the best and the worst of `neutral` such answers and one under each
   * context, by R (Pace et al. 2024). "rlcd": the answers under the two contexts (Yang et al. 2023, arXiv 2307.12950).
   */
  readonly pairs: "samples" | "west-of-n" | "rlcd";
  /** "contrastive": by R (Liu et al. 2024); "assumed": the answer under the positive context is better (Yang et al.); "ab": asked. */
  readonly labels: "contrastive" | "assumed" | "ab";
  /** Answers to the messages alone: two of "samples", what "west-of-n" has beside, and the base that the gate starts from. */
  readonly neutral: number;
  /** Share of the pairs that are kept: those with the widest difference in R. */
  readonly keep: number;
  /** T of P(first is better) = σ(ΔR / T). */
  readonly temperature: number;
}

/** Where a prompt's candidates are sampled: answers to its messages alone first, then one under each context. */
export function candidatePlaces(
  prompts: readonly PromptItem[],
  context: Pick<FeedbackContext, "constitution" | "seed" | "stage">,
  { pairs, neutral }: Pick<ContrastOptions, "pairs" | "neutral">,
): Place[] {
  return prompts.flatMap((prompt): Place[] => {
    const principle = drawPrincipleFor(prompt, context);
    if (principle === undefined) return [];
    // Of a pair of plain samples the positive one serves the gate alone.
    const sides: readonly Side[] = pairs === "samples" ? ["positive"] : ["positive", "negative"];
    return [
      ...Array.from({ length: neutral }, (_, sample) => ({ prompt, sample })),
      ...sides.map((side, k) => ({ prompt, sample: neutral + k, under: { principle, side } })),
    ];
  });
}

/** Scores every answer under both contexts of its prompt's principle; answers that are none are left out. */
export async function scoreContrasts(
  responses: readonly ResponseRecord[],
  context: FeedbackContext,
): Promise<ContrastRecord[]> {
  const { templates, stage } = context;
  const scored = responses.filter(isAnswered).flatMap((response) => {
    const principle = principleOf(response, context);
    return principle === undefined ? [] : [{ response, principle }];
  });
  const requests = scored.flatMap(({ response, principle }) =>
    (["positive", "negative"] as const).map((side): ScoreRequest => {
      const { messages, response: text } = response;
      return {
        id: `${response.id}/${side}`,
        prompt: templates.response(putUnder(messages, principle, side)).prompt,
        continuation: templates.completion?.(text) ?? text,
      };
    }),
  );
  const scores = await scoreAll(context, requests);
  return scored.map(({ response, principle }, index): ContrastRecord => {
    const [positive, negative] = [at(scores, 2 * index), at(scores, 2 * index + 1)];
    const sum = ({ outcome = "answered", logprobs }: typeof positive): number | null =>
      outcome === "answered" ? contrastReward(logprobs, []) : null;
    return {
      type: "contrast",
      ...provenanceOf(context),
      id: `${stage}/${response.promptId}/contrast-${response.sample}`,
      parents: [response.id],
      principleId: principle.id,
      seed: response.seed,
      promptId: response.promptId,
      positive: sum(positive),
      negative: sum(negative),
      tokens: positive.logprobs.length,
      usage: {
        promptTokens: positive.usage.promptTokens + negative.usage.promptTokens,
        completionTokens: positive.usage.completionTokens + negative.usage.completionTokens,
      },
    };
  });
}

/** R of a scored answer, nats; undefined where it could not be scored. */
export function rewardOf({ positive, negative }: Pick<ContrastRecord, "positive" | "negative">): number | undefined {
  return positive === null || negative === null ? undefined : contrastReward([positive], [negative]);
}

/** An answer with its R, where it has one. */
export interface Candidate {
  readonly response: ResponseRecord;
  readonly reward?: number | undefined;
}

/** Two answers to one prompt under one principle, in the order in which a comparison shows them. */
export type CandidatePair = readonly [Candidate, Candidate];

/**
 * The pair of a prompt's candidates; undefined where there is none, or where both say the same. Which answer is the first is drawn
 * by the prompt's id: else all labels would say the same, and dealing them out anew would be no control.
 */
export function pairCandidates(
  candidates: readonly Candidate[],
  { seed, stage }: Pick<FeedbackContext, "seed" | "stage">,
  { pairs }: Pick<ContrastOptions, "pairs">,
): CandidatePair | undefined {
  const found = choosePair(candidates, pairs);
  if (found === undefined || found[0].response.response === found[1].response.response) return undefined;
  const [a, b] = found;
  return rng(seed, stage, a.response.promptId, 0, "order").next() < 0.5 ? [a, b] : [b, a];
}

function choosePair(candidates: readonly Candidate[], pairs: ContrastOptions["pairs"]): CandidatePair | undefined {
  const answered = candidates.filter(({ response }) => isAnswered(response));
  if (pairs === "west-of-n") {
    const scored = answered.filter(({ reward }) => reward !== undefined);
    const extremes = pickExtremes(scored.map(({ reward = 0 }) => reward));
    return extremes && [at(scored, extremes.best), at(scored, extremes.worst)];
  }
  const of = (side: Side): Candidate[] => answered.filter(({ response }) => response.context === side);
  const plain = answered.filter(({ response }) => response.context === undefined);
  const [a, b] = pairs === "samples" ? plain : [...of("positive").slice(0, 1), ...of("negative")];
  return a === undefined || b === undefined ? undefined : [a, b];
}

interface Rewarded {
  readonly pair: CandidatePair;
  readonly rewards: readonly [number, number] | undefined;
}

function rewardsOf([{ reward: first }, { reward: second }]: CandidatePair): Rewarded["rewards"] {
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** The labelled pairs of all prompts: by R those with the widest difference, or the positive answer over the negative. */
export function labelPairs(
  pairs: readonly CandidatePair[],
  context: Origin,
  { labels, keep, temperature }: Omit<ContrastOptions, "neutral" | "pairs">,
  isHard: boolean,
): ComparisonRecord[] {
  const isAssumed = labels === "assumed";
  const rewarded = pairs
    .map((pair): Rewarded => ({ pair, rewards: rewardsOf(pair) }))
    .filter(({ rewards }) => isAssumed || rewards !== undefined);
  const marginOf = ({ rewards }: Rewarded): number => (rewards === undefined ? 0 : Math.abs(rewards[0] - rewards[1]));
  const kept = isAssumed ? rewarded : keepWidest(rewarded, marginOf, keep);
  return kept.flatMap(({ pair: [first, second], rewards }): ComparisonRecord[] => {
    const { promptId, kind } = first.response;
    const principle = principleOf(first.response, context);
    if (principle === undefined) return [];
    const isFirst = first.response.context === "positive" ? 1 : 0;
    const raw = isAssumed || rewards === undefined ? isFirst : rewardLabel(rewards[0], rewards[1], temperature);
    return [
      {
        type: "comparison",
        ...provenanceOf(context),
        id: `${context.stage}/${promptId}/comparison`,
        parents: [first.response.id, second.response.id],
        principleId: principle.id,
        seed: requestSeed(context, { item: promptId, round: 0, sample: 0, role: "comparison" }),
        promptId,
        source: kind === "helpful" ? "helpfulness" : "harmlessness",
        responses: [first.response.response, second.response.response],
        label: isHard ? hardLabel(raw) : raw,
        raw,
        clamp: null,
        labelledBy: isAssumed ? "assumed" : "contrastive",
        rewards: rewards && [...rewards],
        evidence: [],
        usage: { promptTokens: 0, completionTokens: 0 },
      },
    ];
  });
}

function principleOf(
  { promptId, kind }: ResponseRecord,
  context: Pick<FeedbackContext, "constitution" | "seed" | "stage">,
): Principle | undefined {
  return drawPrincipleFor({ id: promptId, kind }, context);
}
