import { type GroupCounts, tallyOf } from "./counts.ts";
import { SIGNIFICANT_Z, shareZ, smoothedShare } from "./shares.ts";

/** A statement that most of everybody agrees or disagrees with. */
export interface MajorityEntry {
  readonly statement: number;
  readonly successes: number;
  readonly trials: number;
  readonly share: number;
  readonly shareZ: number;
}

/**
 * Polis's "consensus" over all participants, groups aside (repness.clj, consensus-stats): share above one half and significant,
 * the five highest by share · z. `counts` of one group: everybody.
 */
export function majorityOf(
  counts: GroupCounts,
  isOpen: (statement: number) => boolean,
): { readonly agree: readonly MajorityEntry[]; readonly disagree: readonly MajorityEntry[] } {
  const open = Array.from({ length: counts.statements }, (_, j) => j).filter(isOpen);
  const choose = (direction: "agrees" | "disagrees"): MajorityEntry[] =>
    open
      .map((statement) => {
        const tally = tallyOf(counts, 0, statement);
        const [successes, trials] = [tally[direction], tally.votes];
        return {
          statement,
          successes,
          trials,
          share: smoothedShare(successes, trials),
          shareZ: shareZ(successes, trials),
        };
      })
      .filter((entry) => entry.share > 0.5 && entry.shareZ > SIGNIFICANT_Z)
      .sort((a, b) => b.share * b.shareZ - a.share * a.shareZ)
      .slice(0, 5);
  return { agree: choose("agrees"), disagree: choose("disagrees") };
}
