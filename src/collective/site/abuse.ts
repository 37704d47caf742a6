import type { VoteEvent } from "../votes.ts";
import type { AbuseSignal } from "./wire.ts";

/** Of a person who votes the same, or in step with others, fewer votes than these say nothing. */
const fewest = 15;
const windowMs = 20_000;
/** Votes within the window that nobody can give who reads the statements. */
const mostInWindow = 15;

/** Straight lines, bursts, and ballots that are copies of each other. */
export function findAbuse(votes: ReadonlyMap<string, ReadonlyMap<string, VoteEvent>>): AbuseSignal[] {
  const signals: AbuseSignal[] = [];
  const copies = new Map<string, string[]>();
  for (const [voter, own] of votes) {
    if (own.size < fewest) continue;
    const name = voter.slice(0, 8);
    const events = [...own.values()];
    if (new Set(events.map(({ vote }) => vote)).size === 1)
      signals.push({ kind: "one answer to everything", voters: [name], votes: own.size });
    else {
      const ballot = events.map(({ statement, vote }) => `${statement}=${vote}`).sort();
      const key = ballot.join(" ");
      copies.set(key, [...(copies.get(key) ?? []), name]);
    }
    if (hasBurst(events)) signals.push({ kind: "faster than reading", voters: [name], votes: own.size });
  }
  for (const [ballot, voters] of copies)
    if (voters.length >= 3) signals.push({ kind: "the same votes", voters, votes: ballot.split(" ").length });
  return signals;
}

function hasBurst(events: readonly VoteEvent[]): boolean {
  const times = events.map(({ at }) => at).sort((a, b) => a - b);
  return times.some((at, i) => (times[i + mostInWindow] ?? Number.POSITIVE_INFINITY) - at <= windowMs);
}
