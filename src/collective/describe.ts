import type { Analysis, AnalysisHashes, Counts, Group, Grouping, Position, StatementFigures } from "./analysis.ts";
import { consensusOf } from "./consensus.ts";
import { type GroupCounts, sumTallies, type Tally, talliesOf, tallyOf } from "./counts.ts";
import { majorityOf } from "./majority.ts";
import type { SettledOptions } from "./options.ts";
import { META_PRIORITY, priorityOf } from "./priorities.ts";
import type { Points } from "./projection.ts";
import { representativeOf } from "./representative.ts";
import { groupAwareConsensus } from "./shares.ts";
import { type VoteTable, votesOf } from "./table.ts";
import type { Statement } from "./votes.ts";

/** All figures of an analysis, by rows and columns. */
export interface Described {
  readonly table: VoteTable;
  readonly known: ReadonlyMap<string, Statement>;
  readonly options: SettledOptions;
  readonly hashes: AnalysisHashes;
  readonly labels: Int8Array;
  readonly centres: Points;
  readonly positions: Points;
  readonly statementPositions: Points;
  readonly extremity: Float64Array;
  readonly counts: GroupCounts;
  readonly all: GroupCounts;
  readonly silhouette: number;
  readonly stability: readonly number[] | null;
  readonly chance: number | null;
  readonly reason: string;
}

/** The figures by the ids of people and statements. */
export function describe(described: Described): Analysis {
  const { table, all, known, labels, positions, options, hashes, chance } = described;
  const isOpen = (column: number): boolean => {
    const statement = known.get(table.statements[column] as string);
    return statement === undefined || (statement.moderation !== "rejected" && !statement.isMeta);
  };
  const idOf = ({ statement }: { readonly statement: number }): string => table.statements[statement] as string;
  const { agree, disagree } = majorityOf(all, isOpen);
  const sizes = described.counts.groups > 1 ? sizesOf(labels, described.counts.groups) : [table.participants.length];
  return {
    mode: options.mode,
    hashes,
    chance,
    positions: table.participants.map((participant, row): Position => {
      const label = labels[row] as number;
      const [x, y] = [positions.x[row] as number, positions.y[row] as number];
      return { participant, x, y, votes: votesOf(table, row), group: label < 0 ? null : label };
    }),
    grouping: describeGroups(described, isOpen, idOf),
    statements: table.statements.map((_, column) => describeStatement(described, sizes, column, isOpen(column))),
    majority: { agree: agree.map(idOf), disagree: disagree.map(idOf) },
  };
}

function describeGroups(
  { table, counts, labels, centres, stability, silhouette, reason, options }: Described,
  isOpen: (column: number) => boolean,
  idOf: (of: { readonly statement: number }) => string,
): Grouping {
  if (centres.x.length < 2) return { state: "no clear groups", groups: [], reason };
  const members: string[][] = Array.from(centres.x, () => []);
  labels.forEach((label, row) => {
    members[label]?.push(table.participants[row] as string);
  });
  const groups = members.map((of, group): Group => {
    const chosen = representativeOf(counts, group, isOpen);
    return {
      members: of,
      centre: [centres.x[group] as number, centres.y[group] as number],
      stability: stability?.[group] ?? null,
      representative: chosen
        // Polis names what all groups agree with as the best agree of each, and then shows it as a disagree.
        .filter(({ isBestAgree, direction }) => options.mode === "polis" || !isBestAgree || direction === "agree")
        .map((it) => ({
          statement: idOf(it),
          direction: it.direction,
          probability: it.share,
          ratio: it.ratio,
          z: it.ratioZ,
        })),
    };
  });
  return { state: "groups", groups, silhouette, reason };
}

function describeStatement(
  described: Described,
  sizes: readonly number[],
  column: number,
  isOpen: boolean,
): StatementFigures {
  const { table, known, options, counts, all, extremity, statementPositions } = described;
  const statement = table.statements[column] as string;
  const everybody = tallyOf(all, 0, column);
  const isGrouped = counts.groups > 1;
  const groupTallies = isGrouped ? talliesOf(counts, column) : [];
  const heard = isGrouped ? groupTallies : [everybody];
  const agreement = consensusOf(heard, sizes, "agrees", options);
  const isMeta = known.get(statement)?.isMeta === true;
  const base =
    isMeta && options.mode === "polis"
      ? META_PRIORITY
      : priorityOf(sumTallies(groupTallies.length > 0 ? groupTallies : heard), extremity[column] as number);
  const unheard = agreement.missingVotes.filter((missing) => missing > 0).length / heard.length;
  return {
    statement,
    x: statementPositions.x[column] as number,
    y: statementPositions.y[column] as number,
    extremity: extremity[column] as number,
    counts: countsOf(everybody),
    groupCounts: groupTallies.map(countsOf),
    groupAwareConsensus: groupAwareConsensus(heard),
    agreement,
    rejection: consensusOf(heard, sizes, "disagrees", options),
    priority: options.mode === "polis" ? base : isOpen || isMeta ? base * (1 + unheard) : 0,
  };
}

function countsOf({ agrees, disagrees, votes }: Tally): Counts {
  return { agree: agrees, pass: votes - agrees - disagrees, disagree: disagrees };
}

function sizesOf(labels: Int8Array, groups: number): number[] {
  const sizes = new Array<number>(groups).fill(0);
  for (const label of labels) if (label >= 0) sizes[label] = (sizes[label] as number) + 1;
  return sizes;
}
