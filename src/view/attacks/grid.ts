import { isSuccess } from "../../redteam/index.ts";
import { wilson } from "../../statistics/index.ts";
import type { Interval } from "../source.ts";
import type { AttackCell, StrategyLine } from "../source-attacks.ts";
import type { Try } from "./attempts.ts";

/** Tries without a grade are neither successes nor failures. */
export interface Counts {
  readonly requests: number;
  readonly successes: number;
  readonly ungraded: number;
}

export function countTries(tries: readonly Try[]): Counts {
  return {
    requests: tries.length,
    successes: tries.filter(isSuccess).length,
    ungraded: tries.filter(({ grade }) => grade === null).length,
  };
}

/** Successes of the graded tries, with Wilson's interval, which takes them for independent. */
export function shareOf({ requests, successes, ungraded }: Counts): Interval | null {
  const graded = requests - ungraded;
  if (graded === 0) return null;
  const { estimate, low, high, n } = wilson(successes, graded);
  return { estimate, low, high, n };
}

/** Every cell of principle × technique that was tried. */
export function cellsOf(tries: readonly Try[]): AttackCell[] {
  const cells = Map.groupBy(tries, ({ principleId, technique }) => JSON.stringify([principleId, technique]));
  return [...cells.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const counts = countTries(own);
    const { successes, ungraded } = counts;
    return [{ principle: first.principleId, technique: first.technique, successes, ungraded, rate: shareOf(counts) }];
  });
}

/** Techniques by their successes, the most first. */
export function techniquesOf(cells: readonly AttackCell[]): string[] {
  const successes = new Map<string, number>();
  for (const { technique, successes: n } of cells) successes.set(technique, (successes.get(technique) ?? 0) + n);
  return [...successes].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([technique]) => technique);
}

/** Failed tries by who stopped them. */
export function countStopped(tries: readonly Try[]): StrategyLine["stopped"] {
  const stopped = { model: 0, guard: 0, both: 0 };
  for (const { stoppedBy } of tries) if (stoppedBy !== null) stopped[stoppedBy] += 1;
  return stopped;
}
