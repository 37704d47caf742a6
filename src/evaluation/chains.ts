import type { ResponseRecord, RevisionRecord } from "../feedback/index.ts";
import type { Message } from "../language-model.ts";
import { type Estimate, type Judged, rateOf } from "../statistics/index.ts";
import type { Grade } from "./benchmark/index.ts";

/** A request by its id. */
export interface Request {
  readonly id: string;
  readonly messages: readonly Message[];
}

/** One response on its way through the revisions: texts[0] as sampled, texts[k] as it stood after round k. */
export interface Chain {
  readonly item: Request;
  readonly texts: readonly string[];
}

/**
 * Chains of a stage's records. A round without a usable revision leaves the text as it was; all chains are as long as
 * the longest, so that every revision number has the same denominator.
 */
export function revisionChains(responses: readonly ResponseRecord[], revisions: readonly RevisionRecord[]): Chain[] {
  const roots = new Map<string, string>(responses.map(({ id }) => [id, id]));
  const rounds = Math.max(0, ...revisions.map(({ round }) => round));
  const texts = new Map<string, (string | undefined)[]>(
    responses.map(({ id, response }) => [id, [response, ...new Array<undefined>(rounds)]]),
  );
  for (const revision of [...revisions].sort((a, b) => a.round - b.round)) {
    const root = revision.parents.map((parent) => roots.get(parent)).find((id) => id !== undefined);
    if (root === undefined) continue;
    roots.set(revision.id, root);
    const chain = texts.get(root);
    if (chain !== undefined && revision.outcome === "usable") chain[revision.round] = revision.revision;
  }
  return responses.map(({ id, promptId, messages, response }) => {
    let last = response;
    const filled = (texts.get(id) ?? []).map((text) => {
      last = text ?? last;
      return last;
    });
    return { item: { id: promptId, messages }, texts: filled };
  });
}

/** A metric's rate after each number of revisions, 0 being the answers as sampled. */
export function ratesByRevision(
  chains: readonly Chain[],
  grade: Grade,
  metric = "violation",
): { readonly revision: number; readonly rate: Estimate }[] {
  const rounds = Math.max(0, ...chains.map(({ texts }) => texts.length));
  const rates: { revision: number; rate: Estimate }[] = [];
  for (let revision = 0; revision < rounds; revision++) {
    const outcomes: boolean[] = [];
    for (const { item, texts } of chains) {
      const text = texts[revision];
      const outcome = text === undefined ? undefined : grade(item.messages, text)[metric];
      if (typeof outcome === "boolean") outcomes.push(outcome);
    }
    const rate = rateOf(outcomes);
    if (rate !== undefined) rates.push({ revision, rate });
  }
  return rates;
}

/** Two responses to one prompt and the stated probability that the first is better. */
export interface JudgedPair {
  readonly item: Request;
  readonly responses: readonly [string, string];
  readonly probability: number;
}

/**
 * Labels against a world's own reward, for the reliability table: the outcome is whether the first has the higher reward.
 * Pairs of equal reward have no right answer; they are counted and left out.
 */
export function judgeByReward(
  pairs: readonly JudgedPair[],
  reward: (messages: readonly Message[], response: string) => number,
): { readonly judged: Judged[]; readonly ties: number } {
  const judged: Judged[] = [];
  let ties = 0;
  for (const { item, responses, probability } of pairs) {
    const difference = reward(item.messages, responses[0]) - reward(item.messages, responses[1]);
    if (difference === 0) ties += 1;
    else judged.push({ probability, outcome: difference > 0 });
  }
  return { judged, ties };
}

/** How often the side held more probable was the true one; exactly one half says nothing, and is not counted. */
export function agreement(judged: readonly Judged[]): Estimate | undefined {
  const decided = judged.filter(({ probability }) => probability !== 0.5);
  return rateOf(decided.map(({ probability, outcome }) => (outcome ? probability > 0.5 : probability < 0.5)));
}
