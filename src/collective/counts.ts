import type { VoteTable } from "./table.ts";

/** Votes per group and statement: entry g · statements + j. `votes` counts passes too. */
export interface GroupCounts {
  readonly groups: number;
  readonly statements: number;
  readonly agrees: Uint32Array;
  readonly disagrees: Uint32Array;
  readonly votes: Uint32Array;
}

/** A, D and S of one statement: agrees, disagrees, and all votes with passes. */
export interface Tally {
  readonly agrees: number;
  readonly disagrees: number;
  readonly votes: number;
}

/** One pass over the votes. `labels`: (participants), the group of each, or -1 for whoever belongs to none. */
export function countByGroup(table: VoteTable, labels: Int8Array, groups: number): GroupCounts {
  const width = table.statements.length;
  const agrees = new Uint32Array(groups * width);
  const disagrees = new Uint32Array(groups * width);
  const votes = new Uint32Array(groups * width);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row] as number;
    if (label < 0) continue;
    for (let entry = table.starts[row] as number; entry < (table.starts[row + 1] as number); entry++) {
      const cell = label * width + (table.columns[entry] as number);
      const vote = table.votes[entry] as number;
      votes[cell] = (votes[cell] as number) + 1;
      if (vote > 0) agrees[cell] = (agrees[cell] as number) + 1;
      else if (vote < 0) disagrees[cell] = (disagrees[cell] as number) + 1;
    }
  }
  return { groups, statements: width, agrees, disagrees, votes };
}

/** Votes of everybody, as one group. */
export function countAll(table: VoteTable): GroupCounts {
  return countByGroup(table, new Int8Array(table.participants.length), 1);
}

export function tallyOf(counts: GroupCounts, group: number, statement: number): Tally {
  const cell = group * counts.statements + statement;
  return {
    agrees: counts.agrees[cell] as number,
    disagrees: counts.disagrees[cell] as number,
    votes: counts.votes[cell] as number,
  };
}

/** The votes on a statement of each group. */
export function talliesOf(counts: GroupCounts, statement: number): Tally[] {
  return Array.from({ length: counts.groups }, (_, group) => tallyOf(counts, group, statement));
}

export function sumTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, { agrees, disagrees, votes }) => ({
      agrees: sum.agrees + agrees,
      disagrees: sum.disagrees + disagrees,
      votes: sum.votes + votes,
    }),
    { agrees: 0, disagrees: 0, votes: 0 },
  );
}
