import type { ResponseRecord, RevisionRecord } from "../feedback/index.ts";
import { type Estimate, type Judged, rateOf } from "../statistics/index.ts";
import type { Suite, SuiteItem } from "./suite.ts";

/** One response on its way through the revisions: texts[0] as sampled, texts[k] as it stood after round k. */
export interface Chain {
  readonly item: SuiteItem;
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
  suite: Pick<Suite, "score">,
  metric = "violation",
): { readonly revision: number; readonly rate: Estimate }[] {
  const rounds = Math.max(0, ...chains.map(({ texts }) => texts.length));
  const rates: { revision: number; rate: Estimate }[] = [];
  for (let revision = 0; revision < rounds; revision++) {
    const outcomes: boolean[] = [];
    for (const { item, texts } of chains) {
      const text = texts[revision];
      const outcome = text === undefined ? null : (suite.score(item, text)[metric] ?? null);
      if (outcome !== null) outcomes.push(outcome);
    }
    const rate = rateOf(outcomes);
    if (rate !== undefined) rates.push({ revision, rate });
  }
  return rates;
}

/** Two responses to one prompt and the stated probability that the first is better. */
export interface JudgedPair {
  readonly item: SuiteItem;
  readonly responses: readonly [string, string];
  readonly probability: number;
}

/**
 * Labels against the suite's reward, for the reliability table: the outcome is whether the first has the higher reward.
 * Pairs of equal reward have no right answer; they are counted and left out.
 */
export function judgeByReward(
  pairs: readonly JudgedPair[],
  reward: (item: SuiteItem, response: string) => number,
): { readonly judged: Judged[]; readonly ties: number } {
  const judged: Judged[] = [];
  let ties = 0;
  for (const { item, responses, probability } of pairs) {
    const difference = reward(item, responses[0]) - reward(item, responses[1]);
    if (difference === 0) ties += 1;
    else judged.push({ probability, outcome: difference > 0 });
  }
  return { judged, ties };
}

/** How often the side held more probable was the true one; exactly one half is never right. */
export function agreement(judged: readonly Judged[]): Estimate | undefined {
  return rateOf(judged.map(({ probability, outcome }) => (outcome ? probability > 0.5 : probability < 0.5)));
}
