import type { Consensus } from "./analysis.ts";
import type { Tally } from "./counts.ts";
import type { SettledOptions } from "./options.ts";
import { geometricMeanOf } from "./robust/posterior.ts";

const TAIL = 0.05;

type ConsensusOptions = Pick<SettledOptions, "cutOff" | "certainty" | "minimumVotes" | "smallestGroup">;

/**
 * What is known of how far all groups agree (`agrees`) or reject (`disagrees`): the posterior of the geometric mean of their shares.
 * "yes" or "no" need the posterior to be certain and every group to have been heard; all else needs more votes.
 */
export function consensusOf(
  tallies: readonly Tally[],
  sizes: readonly number[],
  direction: "agrees" | "disagrees",
  { cutOff, certainty, minimumVotes, smallestGroup }: ConsensusOptions,
): Consensus {
  const groups = tallies.map((tally) => ({ successes: tally[direction], trials: tally.votes }));
  const known = geometricMeanOf(groups, cutOff, TAIL);
  const missingVotes = tallies.map(({ votes }, group) => {
    const size = sizes[group] as number;
    const enough = Math.min(size, Math.max(smallestGroup, Math.min(minimumVotes, Math.ceil(size / 2))));
    return Math.max(enough - votes, 0);
  });
  const isHeard = missingVotes.every((missing) => missing === 0);
  const isSure = known.probability >= certainty || known.probability <= 1 - certainty;
  const said = known.probability >= certainty ? "yes" : "no";
  return { ...known, state: isHeard && isSure ? said : "needs more votes", missingVotes };
}
