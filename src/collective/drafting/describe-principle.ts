import type { Counts } from "../analysis.ts";
import type { ShownCounts } from "../suppression.ts";
import type { PublicProvenance } from "./public-constitution.ts";

/** What stands behind a principle, line by line: the statements, the votes on them, and the second vote. */
export interface PublicLine {
  readonly label: "statement" | "votes" | "second vote";
  readonly text: string;
}

/** Cells of fewer people are not shown, where no conversation says otherwise: who they are could be guessed. */
export const SMALLEST_CELL = 5;

/** The lines of a principle; empty for one that no public wrote. */
export function describePublicPrinciple(provenance: PublicProvenance, id: string): PublicLine[] {
  const principle = provenance.drafted.principles.find((one) => one.id === id);
  if (principle === undefined) return [];
  const smallest = provenance.drafted.opinion?.smallestCell ?? SMALLEST_CELL;
  const lines = principle.statements.flatMap(({ id: statement, text, counts, groupCounts }): PublicLine[] => [
    { label: "statement", text: `${statement}: ${text}` },
    { label: "votes", text: describeVotes({ all: counts, groups: groupCounts }, smallest) },
  ]);
  const ratified = provenance.ratification?.principles.find((one) => one.id === id);
  const second =
    ratified === undefined
      ? "none was held"
      : `${ratified.state}: ${describeVotes({ all: ratified.counts, groups: ratified.groupCounts }, smallest)}`;
  return [...lines, { label: "second vote", text: second }];
}

/** "41 of 50 agree (group 1: 30 of 31, group 2: not shown)". */
export function describeVotes({ all, groups }: ShownCounts, smallest: number): string {
  const shown = groups.map((one, index) => `group ${index + 1}: ${describeCell(one)}`);
  if (all === null) return `fewer than ${smallest} voted`;
  return `${describeCell(all)} agree${shown.length === 0 ? "" : ` (${shown.join(", ")})`}`;
}

function describeCell(counts: Counts | null): string {
  if (counts === null) return "not shown";
  const { agree, pass, disagree } = counts;
  return `${agree} of ${agree + pass + disagree}`;
}
