import { type Rng, rng } from "../../rng.ts";
import { type CentredVotes, centreVotes } from "../centred.ts";
import { selectRows, type VoteTable } from "../table.ts";
import { findAxes } from "./axes.ts";

/** Of the residual; the eigenvalue is off by its square. */
const TOLERANCE = 1e-2;
const MOST_PEOPLE = 1000;

/**
 * Whether opinions hang together at all: the share of shuffled conversations whose first component is at least as strong as the real
 * one, (1 + as strong) / (1 + shuffles). A shuffle deals the votes of each statement anew among those who voted on it, so that who
 * voted on what, and every statement's result, stay as they are, and only what one person's votes have to do with each other
 * is gone: parallel analysis by permutation (Horn 1965; Buja & Eyuboglu 1992).
 */
export function chanceOfStructure(table: VoteTable, shuffles: number, seed: number): number {
  const part = samplePeople(table, seed);
  const votes = centreVotes(part);
  const real = strengthOf(votes);
  if (real === 0) return 1;
  const byColumn = sortByColumn(part);
  let asStrong = 0;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const dealt = { ...part, votes: dealAnew(part.votes, byColumn, rng(seed, "shuffle", shuffle)) };
    if (strengthOf({ table: dealt, center: votes.center }) >= real) asStrong += 1;
  }
  return (1 + asStrong) / (1 + shuffles);
}

function strengthOf(votes: CentredVotes): number {
  return findAxes(votes, { tolerance: TOLERANCE, wanted: 1 }).eigenvalues[0];
}

function samplePeople(table: VoteTable, seed: number): VoteTable {
  const people = Array.from(table.participants.keys());
  if (people.length <= MOST_PEOPLE) return table;
  const drawn = rng(seed, "people").shuffle(people).slice(0, MOST_PEOPLE);
  return selectRows(table, Uint32Array.from(drawn).sort());
}

/** Entries by column: those of column j stand at starts[j] .. starts[j + 1]. */
interface ByColumn {
  readonly starts: Uint32Array;
  readonly entries: Uint32Array;
}

function sortByColumn({ statements, columns }: VoteTable): ByColumn {
  const starts = new Uint32Array(statements.length + 1);
  for (const column of columns) starts[column + 1] = (starts[column + 1] as number) + 1;
  for (let column = 0; column < statements.length; column++)
    starts[column + 1] = (starts[column + 1] as number) + (starts[column] as number);
  const next = starts.slice();
  const entries = new Uint32Array(columns.length);
  columns.forEach((column, entry) => {
    const place = next[column] as number;
    entries[place] = entry;
    next[column] = place + 1;
  });
  return { starts, entries };
}

/** The votes in another order within each column (Fisher–Yates). */
function dealAnew(votes: Int8Array, { starts, entries }: ByColumn, random: Rng): Int8Array {
  const dealt = votes.slice();
  for (let column = 0; column + 1 < starts.length; column++) {
    const from = starts[column] as number;
    for (let i = (starts[column + 1] as number) - 1; i > from; i--) {
      const [here, there] = [entries[i] as number, entries[from + random.integer(i - from + 1)] as number];
      const held = dealt[here] as number;
      dealt[here] = dealt[there] as number;
      dealt[there] = held;
    }
  }
  return dealt;
}
