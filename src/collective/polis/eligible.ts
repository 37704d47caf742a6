import { type VoteTable, votesOf } from "../table.ts";

const MINIMUM_VOTES = 7;
const MINIMUM_PEOPLE = 15;

/**
 * Who is clustered (Polis math, :in-conv): whoever cast min(7, C) votes or more, rejected statements included; where fewer than 15
 * did, the most active up to 15. Once in, always in: `before` are those of the last update. Rows, ascending.
 */
export function eligibleRows(raw: VoteTable, before: readonly number[] = []): number[] {
  const bar = Math.min(MINIMUM_VOTES, raw.statements.length);
  const rows = Array.from(raw.participants, (_, row) => row);
  const eligible = new Set([...before, ...rows.filter((row) => votesOf(raw, row) >= bar)]);
  if (eligible.size < MINIMUM_PEOPLE) {
    const others = rows.filter((row) => !eligible.has(row)).sort((a, b) => votesOf(raw, b) - votesOf(raw, a));
    for (const row of others.slice(0, MINIMUM_PEOPLE - eligible.size)) eligible.add(row);
  }
  return [...eligible].sort((a, b) => a - b);
}
