import type { PublicTown } from "../../collective/drafting/index.ts";
import { SMALLEST_CELL } from "../../collective/drafting/index.ts";
import { type Counts, suppressCounts } from "../../collective/index.ts";
import type { PublicStatement, ShownVotes } from "../source-public.ts";

/** Fewer people are shown to nobody. */
export const smallestCellOf = ({ opinion }: PublicTown): number => opinion?.smallestCell ?? SMALLEST_CELL;

/** Votes without cells of few people, and whether none had to be left out. */
export function showVotes(
  all: Counts,
  groups: readonly Counts[],
  smallest: number,
): { readonly votes: ShownVotes; readonly isWhole: boolean } {
  const votes = suppressCounts(all, groups, smallest);
  return { votes, isWhole: votes.all !== null && votes.groups.every((counts) => counts !== null) };
}

/** What two answers, "do all agree" and "do all reject", come to. */
export function verdictOf(agreement: string, rejection: string): PublicStatement["verdict"] {
  if (agreement === "yes") return "all agree";
  if (rejection === "yes") return "all reject";
  return agreement === "no" ? "groups differ" : "needs more votes";
}
