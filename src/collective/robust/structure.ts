import { rng } from "../../rng.ts";
import { type CentredVotes, centreVotes } from "../centred.ts";
import { selectRows, type VoteTable } from "../table.ts";
import { findAxes } from "./axes.ts";

const TOLERANCE = 1e-3;
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
  let asStrong = 0;
  for (let shuffle = 0; shuffle < shuffles; shuffle++) {
    const dealt = { ...part, votes: dealAnew(part, seed, shuffle) };
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

/** The votes in another order within each column. */
function dealAnew({ statements, columns, votes }: VoteTable, seed: number, shuffle: number): Int8Array {
  const random = rng(seed, "shuffle", shuffle);
  const entries: number[][] = statements.map(() => []);
  columns.forEach((column, entry) => {
    entries[column]?.push(entry);
  });
  const dealt = new Int8Array(votes.length);
  for (const of of entries) {
    const from = random.shuffle(of);
    of.forEach((entry, i) => {
      dealt[entry] = votes[from[i] as number] as number;
    });
  }
  return dealt;
}
