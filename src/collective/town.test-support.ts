import { rng } from "../rng.ts";
import type { Conversation, Statement, Vote, VoteEvent } from "./votes.ts";

export interface TownOptions {
  readonly seed: number;
  readonly people: number;
  readonly statements: number;
  readonly camps: number;
  /** Probability that a vote is any of the three, whatever the voter thinks. */
  readonly noise: number;
  /** Share of the statements that a person votes on. */
  readonly density: number;
}

/** A town of camps that agree on the first fifth of the statements and think of each other one as a camp does. */
export function simulateTown({ seed, people, statements, camps, noise, density }: TownOptions): Conversation {
  const random = rng(seed, "town");
  const minds = Array.from({ length: camps }, () =>
    Array.from(
      { length: statements },
      (_, j): Vote => (j < statements / 5 || random.next() < 0.5 ? "agree" : "disagree"),
    ),
  );
  const votes: VoteEvent[] = [];
  for (let person = 0; person < people; person++) {
    for (let j = 0; j < statements; j++) {
      if (random.next() >= density) continue;
      const mind = minds[person % camps]?.[j] as Vote;
      const vote = random.next() < noise ? random.pick(["agree", "pass", "disagree"] as const) : mind;
      votes.push({ participant: `person-${person}`, statement: `s${j}`, vote, at: votes.length });
    }
  }
  return { statements: Array.from({ length: statements }, (_, j) => statementOf(`s${j}`, { at: j })), votes };
}

/** The town with every statement's votes dealt anew among its voters: nothing hangs together. */
export function shuffleVotes({ statements, votes }: Conversation, seed: number): Conversation {
  const random = rng(seed, "deal");
  const dealt = new Map(
    statements.map(({ id }) => [
      id,
      random.shuffle(votes.filter(({ statement }) => statement === id).map(({ vote }) => vote)),
    ]),
  );
  return { statements, votes: votes.map((event) => ({ ...event, vote: dealt.get(event.statement)?.pop() as Vote })) };
}

export function statementOf(id: string, given: Partial<Statement> = {}): Statement {
  return { id, text: `Statement ${id}`, at: 0, isSeed: false, isMeta: false, moderation: "accepted", ...given };
}
