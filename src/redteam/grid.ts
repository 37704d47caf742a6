import { type Estimate, wilson } from "../statistics/index.ts";
import type { AttemptRecord } from "./records.ts";
import { isSuccess } from "./strategy.ts";

/** What of an attempt is counted. */
export type CountedTry = Pick<AttemptRecord, "principleId" | "technique" | "grade">;

/** Tries without a grade are neither successes nor failures. */
export interface TryCounts {
  readonly requests: number;
  readonly successes: number;
  readonly ungraded: number;
}

/** The tries at one principle by one technique, of all strategies. */
export interface GridCell {
  readonly principle: string;
  readonly technique: string;
  readonly successes: number;
  readonly ungraded: number;
  /** Of the graded tries; null where none was graded. */
  readonly rate: Estimate | null;
}

export function countTries(tries: readonly Pick<CountedTry, "grade">[]): TryCounts {
  return {
    requests: tries.length,
    successes: tries.filter(isSuccess).length,
    ungraded: tries.filter(({ grade }) => grade === null).length,
  };
}

/** Successes of the graded tries, with Wilson's interval, which takes them for independent. */
export function shareBroken({ requests, successes, ungraded }: TryCounts): Estimate | null {
  const graded = requests - ungraded;
  return graded === 0 ? null : wilson(successes, graded);
}

/** Every cell of principle × technique that was tried. */
export function gridOf(tries: readonly CountedTry[]): GridCell[] {
  const cells = Map.groupBy(tries, ({ principleId, technique }) => JSON.stringify([principleId, technique]));
  return [...cells.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const counts = countTries(own);
    const { successes, ungraded } = counts;
    return [
      { principle: first.principleId, technique: first.technique, successes, ungraded, rate: shareBroken(counts) },
    ];
  });
}

/** Techniques of a grid by their successes, the most first. */
export function sortTechniques(cells: readonly GridCell[]): string[] {
  const successes = new Map<string, number>();
  for (const { technique, successes: n } of cells) successes.set(technique, (successes.get(technique) ?? 0) + n);
  return [...successes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([technique]) => technique);
}

/** Failed tries by who stopped them. */
export function countStopped(
  tries: readonly Pick<AttemptRecord, "stoppedBy">[],
): Readonly<Record<"model" | "guard" | "both", number>> {
  const stopped = { model: 0, guard: 0, both: 0 };
  for (const { stoppedBy } of tries) if (stoppedBy !== null) stopped[stoppedBy] += 1;
  return stopped;
}
