import type { Counts } from "../analysis.ts";
import { suppressCounts } from "../suppression.ts";
import type { PublicProvenance } from "./public-constitution.ts";

/** What stands behind a principle, line by line: the statements, the votes on them, and the second vote. */
export interface PublicLine {
  readonly label: "statement" | "votes" | "second vote";
  readonly text: string;
}

/** Cells of fewer people are not shown: who they are could be guessed. */
export const SMALLEST_CELL = 5;

/** The lines of a principle; empty for one that no public wrote. */
export function describePublicPrinciple(provenance: PublicProvenance, id: string): PublicLine[] {
  const principle = provenance.drafted.principles.find((one) => one.id === id);
  if (principle === undefined) return [];
  const lines = principle.statements.flatMap(({ id: statement, text, counts, groupCounts }): PublicLine[] => [
    { label: "statement", text: `${statement}: ${text}` },
    { label: "votes", text: describeVotes(counts, groupCounts) },
  ]);
  const ratified = provenance.ratification?.principles.find((one) => one.id === id);
  const second =
    ratified === undefined
      ? "none was held"
      : `${ratified.state}: ${describeVotes(ratified.counts, ratified.groupCounts)}`;
  return [...lines, { label: "second vote", text: second }];
}

/**
 * "41 of 50 agree (group 1: 30 of 31, group 2: 11 of 19)". Groups of fewer than five voters are not shown, nor what subtraction
 * would tell of them.
 */
export function describeVotes(counts: Counts, groupCounts: readonly Counts[]): string {
  const { all, groups } = suppressCounts(counts, groupCounts, SMALLEST_CELL);
  const shown = groups.map((one, index) => `group ${index + 1}: ${describeCell(one)}`);
  if (all === null) return `fewer than ${SMALLEST_CELL} voted`;
  return `${describeCell(all)} agree${shown.length === 0 ? "" : ` (${shown.join(", ")})`}`;
}

function describeCell(counts: Counts | null): string {
  if (counts === null) return "not shown";
  const { agree, pass, disagree } = counts;
  return `${agree} of ${agree + pass + disagree}`;
}
