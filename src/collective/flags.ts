import { countAll } from "./counts.ts";
import { smoothedShare } from "./shares.ts";
import { type VoteTable, votesOf } from "./table.ts";
import { tableOf } from "./tabulate.ts";
import type { Conversation } from "./votes.ts";

export const FLAGS = ["one answer to everything", "faster than reading", "the same votes as others"] as const;
export type Flag = (typeof FLAGS)[number];

/** Somebody whose votes may be no opinion. A reason to look, and to compute the result without them too; never a proof. */
export interface FlaggedVoter {
  readonly participant: string;
  readonly flags: readonly Flag[];
}

/** Fewer votes than these say nothing about a voter. */
const MINIMUM_VOTES = 15;
/** Votes that chance gives once in so many conversations of so many voters are no sign of anything. */
const SURPRISE = 1e-3;
const BURST_VOTES = 15;
const BURST_MS = 20_000;
const COPIES = 3;

/**
 * Voters who gave one answer to everything though the others' votes make that improbable, who voted faster than statements can be
 * read, or whose ballots are the same as those of two others or more though they answer at least 15 statements and chance does not
 * explain it. In canonical order.
 */
export function flagVoters(conversation: Conversation): FlaggedVoter[] {
  const table = tableOf(conversation, "canonical");
  const surprise = surpriseOf(table);
  const bursts = findBursts(conversation);
  const copies = findCopies(table, surprise);
  return table.participants.flatMap((participant, row): FlaggedVoter[] => {
    const flags = FLAGS.filter((flag) => {
      if (votesOf(table, row) < MINIMUM_VOTES) return false;
      if (flag === "one answer to everything")
        return isStraight(table, row) && isSurprising(surprise[row] as number, table);
      return flag === "faster than reading" ? bursts.has(participant) : copies.has(row);
    });
    return flags.length === 0 ? [] : [{ participant, flags }];
  });
}

/** -ln of the probability that somebody votes as each participant did, if every vote is drawn from the statement's shares. */
function surpriseOf(table: VoteTable): Float64Array {
  const { agrees, disagrees, votes } = countAll(table);
  return Float64Array.from(table.participants, (_, row) => {
    let sum = 0;
    for (let entry = table.starts[row] as number; entry < (table.starts[row + 1] as number); entry++) {
      const column = table.columns[entry] as number;
      const [a, d, s] = [agrees[column] as number, disagrees[column] as number, votes[column] as number];
      const vote = table.votes[entry] as number;
      sum -= Math.log(smoothedShare(vote > 0 ? a : vote < 0 ? d : s - a - d, s + 1));
    }
    return sum;
  });
}

function isSurprising(surprise: number, { participants }: VoteTable): boolean {
  return surprise > Math.log(participants.length / SURPRISE);
}

function isStraight(table: VoteTable, row: number): boolean {
  const own = table.votes.subarray(table.starts[row], table.starts[row + 1]);
  return own.every((vote) => vote === own[0]);
}

function findBursts({ votes }: Conversation): ReadonlySet<string> {
  const times = new Map<string, number[]>();
  for (const { participant, at } of votes) {
    const own = times.get(participant);
    if (own === undefined) times.set(participant, [at]);
    else own.push(at);
  }
  const bursts = [...times].filter(([, own]) => {
    const sorted = own.sort((a, b) => a - b);
    // A log without times has all votes at one moment, which says nothing.
    if (sorted[0] === sorted.at(-1)) return false;
    return sorted.some((at, i) => (sorted[i + BURST_VOTES - 1] ?? Number.POSITIVE_INFINITY) - at <= BURST_MS);
  });
  return new Set(bursts.map(([participant]) => participant));
}

function findCopies(table: VoteTable, surprise: Float64Array): ReadonlySet<number> {
  const ballots = new Map<string, number[]>();
  table.participants.forEach((_, row) => {
    if (votesOf(table, row) < MINIMUM_VOTES || !isSurprising(surprise[row] as number, table)) return;
    const [from, to] = [table.starts[row], table.starts[row + 1]];
    const ballot = `${table.columns.subarray(from, to).join(" ")} ${table.votes.subarray(from, to).join(" ")}`;
    ballots.set(ballot, [...(ballots.get(ballot) ?? []), row]);
  });
  return new Set([...ballots.values()].filter((rows) => rows.length >= COPIES).flat());
}
