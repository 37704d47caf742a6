import { rng } from "../../rng.ts";
import { centreVotes } from "../centred.ts";
import { type Axes, type Points, projectParticipants } from "../projection.ts";
import { selectRows, type VoteTable, votesOf } from "../table.ts";
import { type FoundAxes, findAxes } from "./axes.ts";
import { type Clustering, clusterAround, kMeans } from "./kmeans.ts";
import { silhouettesOf } from "./silhouette.ts";
import { stabilityOf } from "./stability.ts";
import { chanceOfStructure } from "./structure.ts";

export interface GroupingOptions {
  readonly seed: number;
  readonly mostGroups: number;
  readonly resamples: number;
  readonly shuffles: number;
  /** Fewer people are no group. */
  readonly smallestGroup: number;
}

/** The map, and the groups on it. */
export interface Grouped {
  /** Those that the axes are over. */
  readonly statements: readonly string[];
  readonly axes: FoundAxes;
  /** Of all participants. (participants) */
  readonly positions: Points;
  /** Group of each participant, -1 for none. (participants) */
  readonly labels: Int8Array;
  /** Empty where there are no clear groups. */
  readonly centres: Points;
  readonly silhouette: number;
  readonly stability: readonly number[];
  /** Share of shuffled conversations that hang together as well. */
  readonly chance: number;
  /** For people: why these groups, or why none. */
  readonly reason: string;
}

/** A restart finds the best optimum of so few points and groups more often than not; twenty all but always. */
const RESTARTS = 20;
const TOLERANCE = 1e-10;
const WARM_TOLERANCE = 1e-6;
const MINIMUM_VOTES = 7;
const MINIMUM_PEOPLE = 15;
/** Hennig 2007: a group that is found again with less likeness than this is dissolved. */
const DISSOLVED = 0.5;
const SIGNIFICANT = 0.05;
/** The smallest number of groups whose score comes so near to the best is taken. */
const NEARLY_BEST = 0.9;

/**
 * Groups of like voters, or none. `table`: all that may be voted on, in canonical order. Opinions must hang together (see
 * `chanceOfStructure`); of the numbers of groups at which no group dissolves in resampled votes, the smallest is taken whose
 * silhouette times stability of the weakest group comes within a tenth of the best.
 */
export function groupVoters(table: VoteTable, options: GroupingOptions): Grouped {
  const votes = centreVotes(table);
  const axes = findAxes(votes, { tolerance: TOLERANCE, wanted: 2 });
  const positions = projectParticipants(votes, axes, { zeroedColumns: 0 });
  const rows = rowsToGroup(table);
  const none = (reason: string, chance = 1): Grouped => ({ ...leaveUngrouped(table, axes, positions), chance, reason });
  const { smallestGroup } = options;
  if (rows.length < 2 * smallestGroup)
    return none(
      `${rows.length === 1 ? "1 person" : `${rows.length} people`} voted on enough statements, and two groups need ${2 * smallestGroup}`,
    );
  if (axes.eigenvalues[0] === 0) return none("everybody voted alike");
  const part = rows.length === table.participants.length ? table : selectRows(table, rows);
  const chance = chanceOfStructure(part, options.shuffles, options.seed);
  if (chance >= SIGNIFICANT)
    return none(`${percent(chance)} of conversations with shuffled votes hang together as well as this one`, chance);
  const points = pickPoints(positions, rows);
  const clusterings = kMeansFor(points, options);
  const stabilities = stabilityOf({ table: part, axes, clusterings, ...options });
  const silhouettes = silhouettesOf(points, clusterings);
  const chosen = chooseK(clusterings, stabilities, silhouettes, smallestGroup);
  if (chosen === undefined) return none(weakest(stabilities, smallestGroup), chance);
  const stability = stabilities[chosen] as number[];
  return {
    statements: table.statements,
    axes,
    positions,
    ...spreadLabels(clusterings[chosen] as Clustering, rows, table.participants.length),
    silhouette: silhouettes[chosen] as number,
    stability,
    chance,
    reason: `found again in resampled votes: ${stability.map((likeness) => likeness.toFixed(2)).join(", ")} alike, of 1`,
  };
}

/**
 * The map and the groups after some more votes, from what they were: the same number of groups, from their last centres. Stability
 * and reason are those of `before`, which is why a result that is published is computed anew by `groupVoters`.
 */
export function regroupVoters(table: VoteTable, before: Grouped): Grouped {
  const votes = centreVotes(table);
  const axes = findAxes(votes, { tolerance: WARM_TOLERANCE, wanted: 2, start: axesOver(table.statements, before) });
  const positions = projectParticipants(votes, axes, { zeroedColumns: 0 });
  if (before.centres.x.length === 0) return { ...before, ...leaveUngrouped(table, axes, positions) };
  const rows = rowsToGroup(table);
  const clustering = clusterAround(pickPoints(positions, rows), before.centres);
  const { statements } = table;
  return { ...before, statements, axes, positions, ...spreadLabels(clustering, rows, table.participants.length) };
}

/** k-means at one number of groups, of all who may be grouped: what a benchmark compares with published groups. */
export function kMeansFor(
  points: Points,
  { seed, mostGroups, smallestGroup }: Pick<GroupingOptions, "seed" | "mostGroups" | "smallestGroup">,
): Clustering[] {
  const most = Math.min(mostGroups, Math.floor(points.x.length / smallestGroup));
  return Array.from({ length: most - 1 }, (_, i) => kMeans(points, i + 2, rng(seed, "groups", i + 2), RESTARTS));
}

/**
 * Rows of whoever voted on min(7, C) statements or more; where fewer than 15 did, the bar is lowered until 15 pass it, so that
 * people of equal activity are never told apart by their order.
 */
export function rowsToGroup(table: VoteTable): Uint32Array {
  const counts = Uint32Array.from(table.participants, (_, row) => votesOf(table, row));
  const passing = (bar: number): number => counts.reduce((sum, count) => sum + (count >= bar ? 1 : 0), 0);
  let bar = Math.min(MINIMUM_VOTES, table.statements.length);
  while (bar > 1 && passing(bar) < MINIMUM_PEOPLE) bar -= 1;
  return Uint32Array.from(counts.keys()).filter((row) => (counts[row] as number) >= Math.max(bar, 1));
}

function chooseK(
  clusterings: readonly Clustering[],
  stabilities: readonly (readonly number[])[],
  silhouettes: readonly number[],
  smallestGroup: number,
): number | undefined {
  const scores = clusterings.map(({ labels, centres }, c) => {
    const sizes = new Uint32Array(centres.x.length);
    for (const label of labels) sizes[label] = (sizes[label] as number) + 1;
    const least = Math.min(...(stabilities[c] ?? []));
    const isLegal = sizes.length > 1 && sizes.every((size) => size >= smallestGroup) && least > DISSOLVED;
    return isLegal ? (silhouettes[c] as number) * least : 0;
  });
  const best = Math.max(...scores, 0);
  const chosen = scores.findIndex((score) => score > 0 && score >= NEARLY_BEST * best);
  return chosen < 0 ? undefined : chosen;
}

function weakest(stabilities: readonly (readonly number[])[], smallestGroup: number): string {
  const best = Math.max(...stabilities.map((of) => Math.min(...of)));
  return `whatever the number of groups, one of them has fewer than ${smallestGroup} people or is not found again in resampled votes (the weakest group is ${best.toFixed(2)} alike at best; above ${DISSOLVED} is needed)`;
}

function leaveUngrouped(table: VoteTable, axes: FoundAxes, positions: Points): Omit<Grouped, "chance" | "reason"> {
  const labels = new Int8Array(table.participants.length).fill(-1);
  const centres = { x: new Float64Array(0), y: new Float64Array(0) };
  return { statements: table.statements, axes, positions, labels, centres, silhouette: 0, stability: [] };
}

/** The last axes over today's statements, 0 for new ones. */
function axesOver(statements: readonly string[], { statements: before, axes }: Grouped): Axes {
  const columnOf = new Map(before.map((id, column) => [id, column]));
  const over = (axis: Float64Array): Float64Array =>
    Float64Array.from(statements, (id) => axis[columnOf.get(id) ?? -1] ?? 0);
  return { first: over(axes.first), second: over(axes.second) };
}

function spreadLabels(
  { labels, centres }: Clustering,
  rows: Uint32Array,
  people: number,
): { readonly labels: Int8Array; readonly centres: Points } {
  const all = new Int8Array(people).fill(-1);
  rows.forEach((row, i) => {
    all[row] = labels[i] as number;
  });
  return { labels: all, centres };
}

function pickPoints({ x, y }: Points, rows: Uint32Array): Points {
  return {
    x: Float64Array.from(rows, (row) => x[row] as number),
    y: Float64Array.from(rows, (row) => y[row] as number),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}
