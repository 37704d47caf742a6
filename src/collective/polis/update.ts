import { centreVotes } from "../centred.ts";
import { countByGroup, type GroupCounts } from "../counts.ts";
import { type Axes, extremities, type Points, projectParticipants, projectStatements } from "../projection.ts";
import { selectColumns, type VoteTable } from "../table.ts";
import { powerAxes } from "./axes.ts";
import { type Cluster, polisKMeans } from "./clusters.ts";
import { eligibleRows } from "./eligible.ts";
import { type ChosenK, groupClusters } from "./groups.ts";

/** What an update of Polis computes, and carries to the next: Polis's figures depend on their history. */
export interface PolisState {
  /** In the sign of Polis's inside, agree -1, of all statements; 0 for zeroed ones. (statements) */
  readonly center: Float64Array;
  readonly axes: Axes;
  /** In the same sign. (participants) */
  readonly positions: Points;
  /** In the same sign. (statements) */
  readonly statementPositions: Points;
  readonly extremity: Float64Array;
  /** Rows, ascending. */
  readonly eligible: readonly number[];
  /** Members are indices into `eligible`. */
  readonly baseClusters: readonly Cluster[];
  /** Members are indices into `baseClusters`. */
  readonly groupClusters: readonly Cluster[];
  readonly chosenK: ChosenK;
  readonly silhouette: number;
  /** Group of each participant, -1 for none. (participants) */
  readonly labels: Int8Array;
  readonly groupVotes: GroupCounts;
}

export interface PolisInput {
  /** All votes, rejected statements included, in the order of first encounter. */
  readonly raw: VoteTable;
  /** Statements that moderation rejected, and those about the conversation: set to 0 for everybody, neither dropped nor missing. */
  readonly isZeroed: (statement: string) => boolean;
  readonly before?: PolisState | undefined;
}

const BASE_CLUSTERS = 100;
const BASE_ITERATIONS = 100;

/** One update of Polis's mathematics (math, conversation.clj), from the state of the last or cold. */
export function polisUpdate({ raw, isZeroed, before }: PolisInput): PolisState {
  const kept = selectColumns(raw, (statement) => !isZeroed(statement));
  const votes = centreVotes(kept);
  const wasKept = (axis: Float64Array): Float64Array => axis.filter((_, j) => !isZeroed(raw.statements[j] as string));
  const start = before && { first: wasKept(before.axes.first), second: wasKept(before.axes.second) };
  const axes = powerAxes(votes, start);
  const scaling = { zeroedColumns: raw.statements.length - kept.statements.length };
  const positions = negate(projectParticipants(votes, axes, scaling));
  const widen = widener(raw, isZeroed);
  const { x, y } = negate(projectStatements(votes, axes, scaling));
  const statementPositions = { x: widen(x), y: widen(y) };
  const eligible = eligibleRows(raw, before?.eligible);
  const points = { x: pick(positions.x, eligible), y: pick(positions.y, eligible) };
  const baseClusters = polisKMeans(
    { points, k: BASE_CLUSTERS, iterations: BASE_ITERATIONS },
    before && carryOver(before, eligible),
  );
  const grouped = groupClusters(baseClusters, before);
  const labels = new Int8Array(raw.participants.length).fill(-1);
  grouped.clusters.forEach(({ members }, group) => {
    for (const base of members)
      for (const index of baseClusters[base]?.members ?? []) labels[eligible[index] as number] = group;
  });
  return {
    center: widen(votes.center.map((mean) => -mean)),
    axes: { first: widen(axes.first), second: widen(axes.second) },
    positions,
    statementPositions,
    extremity: extremities(statementPositions),
    eligible,
    baseClusters,
    groupClusters: grouped.clusters,
    chosenK: grouped.chosenK,
    silhouette: grouped.silhouette,
    labels,
    groupVotes: countByGroup(raw, labels, grouped.clusters.length),
  };
}

/** The last base clusters in the numbers of today's eligible rows, of which there may be more. */
function carryOver(before: PolisState, eligible: readonly number[]): Cluster[] {
  const indexOf = new Map(eligible.map((row, index) => [row, index]));
  return before.baseClusters.map((cluster) => ({
    ...cluster,
    members: cluster.members.map((index) => indexOf.get(before.eligible[index] as number) as number),
  }));
}

/** From the columns that are left to all columns, 0 for the zeroed ones. */
function widener(raw: VoteTable, isZeroed: (statement: string) => boolean): (kept: Float64Array) => Float64Array {
  const zeroed = raw.statements.map(isZeroed);
  return (kept) => {
    let next = 0;
    return Float64Array.from(zeroed, (is) => (is ? 0 : (kept[next++] as number)));
  };
}

function pick(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => values[row] as number);
}

function negate({ x, y }: Points): Points {
  return { x: x.map((value) => -value), y: y.map((value) => -value) };
}
