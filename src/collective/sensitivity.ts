import { analyse } from "./analyse.ts";
import type { Analysis } from "./analysis.ts";
import { type FlaggedVoter, flagVoters } from "./flags.ts";
import type { AnalyseOptions } from "./options.ts";
import type { Conversation } from "./votes.ts";

/** The result with everybody, and without those whose votes may be no opinion. */
export interface Sensitivity {
  readonly flagged: readonly FlaggedVoter[];
  readonly everybody: Analysis;
  readonly unflagged: Analysis;
  /** Statements that all agree with only as long as the flagged count, or only without them. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
  /** Adjusted Rand index of the groups of those in both; 1 where neither has groups. */
  readonly likeness: number;
}

/** How much of a result hangs on flagged voters. `flagged`: others than `flagVoters` finds. */
export function weighFlagged(
  conversation: Conversation,
  options: AnalyseOptions = {},
  flagged: readonly FlaggedVoter[] = flagVoters(conversation),
): Sensitivity {
  const names = new Set(flagged.map(({ participant }) => participant));
  const everybody = analyse(conversation, options);
  const votes = conversation.votes.filter(({ participant }) => !names.has(participant));
  const unflagged = names.size === 0 ? everybody : analyse({ ...conversation, votes }, options);
  const [all, rest] = [consensusIn(everybody), consensusIn(unflagged)];
  return {
    flagged,
    everybody,
    unflagged,
    lost: all.filter((id) => !rest.includes(id)),
    gained: rest.filter((id) => !all.includes(id)),
    likeness: likenessOf(everybody, unflagged),
  };
}

/** The statements that all groups are sure to agree with. */
export function consensusIn({ statements }: Analysis): string[] {
  return statements.filter(({ agreement }) => agreement.state === "yes").map(({ statement }) => statement);
}

function likenessOf(one: Analysis, other: Analysis): number {
  const groups = new Map(other.positions.map(({ participant, group }) => [participant, group]));
  const pairs = one.positions
    .map(({ participant, group }) => [group, groups.get(participant) ?? null] as const)
    .filter((pair): pair is readonly [number, number] => pair[0] !== null && pair[1] !== null);
  if (one.grouping.state === "no clear groups" && other.grouping.state === "no clear groups") return 1;
  return adjustedRand(pairs);
}

/**
 * Adjusted Rand index of two groupings of the same people (Hubert & Arabie 1985): 1 for the same, 0 on average for chance. pairs: the
 * two groups of each.
 */
export function adjustedRand(pairs: readonly (readonly [number, number])[]): number {
  const cells = new Map<string, number>();
  const [rows, columns] = [new Map<number, number>(), new Map<number, number>()];
  for (const [a, b] of pairs) {
    cells.set(`${a} ${b}`, (cells.get(`${a} ${b}`) ?? 0) + 1);
    rows.set(a, (rows.get(a) ?? 0) + 1);
    columns.set(b, (columns.get(b) ?? 0) + 1);
  }
  const countPairs = (counts: Iterable<number>): number => [...counts].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  const [both, inRows, inColumns] = [cells, rows, columns].map((of) => countPairs(of.values())) as [
    number,
    number,
    number,
  ];
  const all = (pairs.length * (pairs.length - 1)) / 2;
  const expected = all === 0 ? 0 : (inRows * inColumns) / all;
  const most = (inRows + inColumns) / 2;
  return most === expected ? (both === most ? 1 : 0) : (both - expected) / (most - expected);
}
