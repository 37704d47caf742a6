import { PreceptError } from "../errors.ts";
import type { Conversation, Vote, VoteEvent } from "./votes.ts";

/** Statements that are counted as one, under the id of `into`. A relation beside the log: taken back by leaving it out. */
export interface Merge {
  readonly into: string;
  readonly statements: readonly string[];
}

/**
 * The conversation as if merged statements were one: its voters are those of any of them, each with one vote. The log itself stays as
 * it is, so that leaving out a merge undoes it. Somebody who voted on several of them counts with the vote that `settleVotes` gives.
 * @throws PreceptError input-invalid for an unknown statement, or one that two merges claim.
 */
export function mergeStatements({ statements, votes }: Conversation, merges: readonly Merge[]): Conversation {
  const heirOf = heirs(new Set(statements.map(({ id }) => id)), merges);
  if (heirOf.size === 0) return { statements, votes };
  const touched = new Set(heirOf.values());
  const own = new Map<string, Map<string, VoteEvent>>();
  for (const event of votes) {
    const heir = heirOf.get(event.statement) ?? event.statement;
    if (!touched.has(heir)) continue;
    const key = JSON.stringify([event.participant, heir]);
    const latest = own.get(key) ?? new Map<string, VoteEvent>();
    const before = latest.get(event.statement);
    if (before === undefined || before.at <= event.at) latest.set(event.statement, event);
    own.set(key, latest);
  }
  const settled = [...own].map(([key, latest]): VoteEvent => {
    const [participant, statement] = JSON.parse(key) as [string, string];
    const events = [...latest.values()];
    const vote = settleVotes(events.map((event) => event.vote));
    return { participant, statement, vote, at: Math.max(...events.map(({ at }) => at)) };
  });
  const others = votes.filter(({ statement }) => !touched.has(heirOf.get(statement) ?? statement));
  return { statements: statements.filter(({ id }) => !heirOf.has(id)), votes: [...others, ...settled] };
}

/**
 * One person's votes on what counts as one statement: opposite ones cancel to a pass, for somebody who says both has not decided; else
 * the vote that decides counts, and a pass only where all of them are passes.
 */
export function settleVotes(votes: readonly Vote[]): Vote {
  const [agrees, disagrees] = [votes.includes("agree"), votes.includes("disagree")];
  if (agrees === disagrees) return "pass";
  return agrees ? "agree" : "disagree";
}

/** Merged id → id that it counts under, through merges of merges. */
function heirs(known: ReadonlySet<string>, merges: readonly Merge[]): ReadonlyMap<string, string> {
  const next = new Map<string, string>();
  for (const { into, statements } of merges) {
    for (const id of [into, ...statements])
      if (!known.has(id)) throw badMerge(into, `statement ${id}, which the conversation does not have`);
    for (const id of statements) {
      if (id === into) continue;
      if (next.has(id)) throw badMerge(into, `statement ${id}, which is merged into ${next.get(id)} already`);
      next.set(id, into);
    }
  }
  return new Map([...next.keys()].map((id) => [id, follow(id, next)]));
}

function follow(id: string, next: ReadonlyMap<string, string>): string {
  const seen = new Set<string>();
  let heir = id;
  for (let step = next.get(id); step !== undefined; step = next.get(heir)) {
    if (seen.has(step)) throw badMerge(id, "merges that lead back to where they began");
    seen.add(step);
    heir = step;
  }
  return heir;
}

function badMerge(into: string, found: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Merging statements into ${into}`,
    found,
    expected: "known statements, each merged into one other at most",
    remedy: "take the merge back that names it",
  });
}
