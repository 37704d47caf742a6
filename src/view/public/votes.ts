import type { PublicTown } from "../../collective/drafting/index.ts";
import { SMALLEST_CELL } from "../../collective/drafting/index.ts";
import type { PublicStatement } from "../source-public.ts";

/** Fewer people are shown to nobody. */
export const smallestCellOf = ({ opinion }: PublicTown): number => opinion?.smallestCell ?? SMALLEST_CELL;

/** What two answers, "do all agree" and "do all reject", come to. */
export function verdictOf(agreement: string, rejection: string): PublicStatement["verdict"] {
  if (agreement === "yes") return "all agree";
  if (rejection === "yes") return "all reject";
  return agreement === "no" ? "groups differ" : "needs more votes";
}
