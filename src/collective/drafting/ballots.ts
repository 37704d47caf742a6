import type { Analysis } from "../analysis.ts";
import type { Conversation } from "../votes.ts";

/** Who said what of each statement, the latest vote of each; participants in the order of their ids. */
export interface Ballots {
  readonly participants: readonly string[];
  /** Opinion group of each participant; -1 without one. */
  readonly groups: Int32Array;
  /** By statement: participants (by index, ascending) who voted, and whether each agreed. */
  readonly votes: ReadonlyMap<string, { readonly voters: readonly number[]; readonly agrees: readonly boolean[] }>;
}

/** Reads the votes of a conversation by statement, for as much memory as there are votes. */
export function readBallots(
  { votes }: Pick<Conversation, "votes">,
  { positions }: Pick<Analysis, "positions">,
): Ballots {
  const participants = [...new Set(votes.map(({ participant }) => participant))].sort();
  const indexOf = new Map(participants.map((id, index) => [id, index]));
  const groups = new Int32Array(participants.length).fill(-1);
  for (const { participant, group } of positions) {
    const index = indexOf.get(participant);
    if (index !== undefined && group !== null) groups[index] = group;
  }
  const latest = new Map<string, Map<number, boolean>>();
  for (const { participant, statement, vote } of votes) {
    const index = indexOf.get(participant);
    if (index === undefined) continue;
    const own = latest.get(statement) ?? new Map<number, boolean>();
    own.set(index, vote === "agree");
    latest.set(statement, own);
  }
  return {
    participants,
    groups,
    votes: new Map(
      [...latest].map(([statement, said]) => {
        const sorted = [...said].sort(([a], [b]) => a - b);
        return [statement, { voters: sorted.map(([index]) => index), agrees: sorted.map(([, agree]) => agree) }];
      }),
    ),
  };
}
