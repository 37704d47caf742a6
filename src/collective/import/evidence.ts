import type { VoteEvent } from "../votes.ts";
import type { CountedStatement } from "./statements-file.ts";

/** Whether agree and disagree of a file stand for each other, and by what one can tell. */
export interface SignEvidence {
  readonly isSwapped: boolean;
  /** For people: what was compared, with its counts. "" where nothing speaks for either. */
  readonly found: string;
}

/** Shares of statements whose counts fit the votes as they are, and with agree and disagree swapped. */
export interface Fit {
  readonly compared: number;
  readonly asTheyAre: number;
  readonly swapped: number;
}

const MINIMUM_OWN_VOTES = 10;

/**
 * How many statements have the counts that the votes give them. The counts of an export are of all votes, also those that were
 * changed later, so all rows of the log are counted; a difference of 2 and 5 % is let pass for votes of the time between two exports.
 */
export function fitCounts(votes: readonly VoteEvent[], statements: readonly CountedStatement[]): Fit {
  const counts = new Map<string, { agree: number; pass: number; disagree: number }>();
  for (const { statement, vote } of votes) {
    const of = counts.get(statement) ?? { agree: 0, pass: 0, disagree: 0 };
    of[vote] += 1;
    counts.set(statement, of);
  }
  const fit = { compared: 0, asTheyAre: 0, swapped: 0 };
  for (const { id, agrees, disagrees } of statements) {
    const { agree, disagree } = counts.get(id) ?? { agree: 0, disagree: 0 };
    if (agrees === undefined || disagrees === undefined || agrees + disagrees + agree + disagree === 0) continue;
    const slack = 2 + 0.05 * (agrees + disagrees);
    fit.compared += 1;
    if (Math.abs(agree - agrees) + Math.abs(disagree - disagrees) <= slack) fit.asTheyAre += 1;
    if (Math.abs(agree - disagrees) + Math.abs(disagree - agrees) <= slack) fit.swapped += 1;
  }
  return fit;
}

/**
 * Signs swapped? The counts beside the statements tell; where there are none, the authors do, who hardly ever reject their own
 * statements (in 13 open conversations of Polis: 7 of some 2,100 votes); else nothing is said.
 */
export function weighSigns(votes: readonly VoteEvent[], statements: readonly CountedStatement[]): SignEvidence {
  const { compared, asTheyAre, swapped } = fitCounts(votes, statements);
  if (compared > 0 && Math.max(asTheyAre, swapped) > compared / 2 && asTheyAre !== swapped) {
    const found = `the counts of agrees and disagrees beside the statements fit the votes of ${asTheyAre} of ${compared} statements, and of ${swapped} with the signs swapped`;
    return { isSwapped: swapped > asTheyAre, found };
  }
  const authorOf = new Map(statements.map(({ id, author }) => [id, author]));
  const own = votes.filter(({ participant, statement }) => authorOf.get(statement) === participant);
  const [agree, disagree] = ["agree", "disagree"].map((vote) => own.filter((event) => event.vote === vote).length) as [
    number,
    number,
  ];
  if (agree + disagree < MINIMUM_OWN_VOTES || agree === disagree) return { isSwapped: false, found: "" };
  return {
    isSwapped: disagree > agree,
    found: `authors agree with ${agree} and disagree with ${disagree} of their own statements`,
  };
}

/** Share of the cells of one set of votes that the other has too, the same vote: near 1 for one conversation. */
export function shareOfCells(
  votes: readonly VoteEvent[],
  matrix: readonly VoteEvent[],
): { readonly same: number; readonly cells: number } {
  const latest = new Map<string, VoteEvent>();
  for (const event of votes) {
    const key = `${event.participant}\t${event.statement}`;
    if ((latest.get(key)?.at ?? Number.NEGATIVE_INFINITY) <= event.at) latest.set(key, event);
  }
  const same = matrix.filter(
    ({ participant, statement, vote }) => latest.get(`${participant}\t${statement}`)?.vote === vote,
  ).length;
  return { same, cells: matrix.length };
}
