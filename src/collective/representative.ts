import { type GroupCounts, sumTallies, type Tally, talliesOf, tallyOf } from "./counts.ts";
import { differenceZ, SIGNIFICANT_Z, shareZ, smoothedShare } from "./shares.ts";

/** How a group stands to a statement, in one direction. */
export interface Leaning {
  /** p = (A + 1) / (S + 2). */
  readonly share: number;
  /** z of the share against one half. */
  readonly shareZ: number;
  /** p over the same of everybody outside. */
  readonly ratio: number;
  /** z of the difference to everybody outside. */
  readonly ratioZ: number;
  readonly successes: number;
  readonly trials: number;
}

/** A statement that tells a group from the others. `metric`: ratio · ratioZ · share · shareZ. */
export interface Chosen extends Leaning {
  readonly statement: number;
  readonly direction: "agree" | "disagree";
  readonly metric: number;
  readonly isBestAgree: boolean;
}

interface Candidate extends Chosen {
  readonly agree: Leaning;
  readonly disagree: Leaning;
  readonly tally: Tally;
}

/**
 * The statements that represent a group, at most five (Polis math, repness.clj): the one that it most agrees with, then
 * whatever is significant, by metric; agrees before disagrees. `isOpen` leaves out what moderation rejected.
 */
export function representativeOf(counts: GroupCounts, group: number, isOpen: (statement: number) => boolean): Chosen[] {
  const open = Array.from({ length: counts.statements }, (_, j) => j).filter(isOpen);
  const candidates = open.map((statement) => candidateOf(counts, group, statement));
  const sufficient = candidates.filter(({ agree, disagree }) => isSufficient(agree) || isSufficient(disagree));
  const best = maximum(candidates, ({ agree, disagree }) => Math.max(agree.ratioZ, disagree.ratioZ));
  const bestAgree = chooseBestAgree(candidates);
  const first = bestAgree === undefined ? [] : [{ ...bestAgree, isBestAgree: true }];
  if (sufficient.length === 0) return (first.length > 0 ? first : best === undefined ? [] : [best]).map(strip);
  const others = sufficient.filter(({ statement }) => statement !== bestAgree?.statement);
  const ranked = others.sort((a, b) => b.metric - a.metric);
  const list = [...first, ...ranked].slice(0, 5);
  return [...list.filter(isAgree), ...list.filter((it) => !isAgree(it))].map(strip);
}

function candidateOf(counts: GroupCounts, group: number, statement: number): Candidate {
  const tallies = talliesOf(counts, statement);
  const inside = tallyOf(counts, group, statement);
  const outside = sumTallies(tallies.filter((_, other) => other !== group));
  const agree = leaningOf(inside.agrees, inside.votes, outside.agrees, outside.votes);
  const disagree = leaningOf(inside.disagrees, inside.votes, outside.disagrees, outside.votes);
  const direction = agree.ratioZ > disagree.ratioZ ? "agree" : "disagree";
  const leaning = direction === "agree" ? agree : disagree;
  return {
    statement,
    direction,
    ...leaning,
    metric: leaning.ratio * leaning.ratioZ * leaning.share * leaning.shareZ,
    isBestAgree: false,
    agree,
    disagree,
    tally: inside,
  };
}

function leaningOf(successes: number, trials: number, outside: number, outsideTrials: number): Leaning {
  const share = smoothedShare(successes, trials);
  return {
    share,
    shareZ: shareZ(successes, trials),
    ratio: share / smoothedShare(outside, outsideTrials),
    ratioZ: differenceZ(successes, outside, trials, outsideTrials),
    successes,
    trials,
  };
}

/** Walks the statements in their order, as Polis does: each may take the place of the best so far. */
function chooseBestAgree(candidates: readonly Candidate[]): Candidate | undefined {
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    const { agree, tally } = candidate;
    if (tally.agrees === 0 && tally.disagrees === 0) continue;
    const isBetter =
      best === undefined
        ? agree.shareZ > SIGNIFICANT_Z || (agree.ratio > 1 && agree.share > 0.5)
        : best.agree.ratio > 1
          ? wholeMetric(agree) > wholeMetric(best.agree)
          : agree.share * agree.shareZ > best.agree.share * best.agree.shareZ;
    if (isBetter) best = candidate;
  }
  return best;
}

function wholeMetric({ ratio, ratioZ, share, shareZ: z }: Leaning): number {
  return ratio * ratioZ * share * z;
}

function isSufficient(leaning: Leaning): boolean {
  return leaning.ratioZ > SIGNIFICANT_Z && leaning.shareZ > SIGNIFICANT_Z;
}

function isAgree({ direction }: Chosen): boolean {
  return direction === "agree";
}

function maximum<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, it) => (best === undefined || value(it) > value(best) ? it : best),
    undefined,
  );
}

function strip({ agree: _, disagree: __, tally: ___, ...chosen }: Candidate): Chosen {
  return chosen;
}
