import { type CentredVotes, rowProducts } from "./centred.ts";
import { votesOf } from "./table.ts";

/** The two directions of the map in the space of statements, unit vectors or zero. (statements) each. */
export interface Axes {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Points of the map, structure of arrays. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/** What moderation with zeroed columns adds (Polis): columns that everybody counts as having voted on. 0 where none are. */
export interface Scaling {
  readonly zeroedColumns: number;
}

/**
 * Participants on the map: p = √(C / max(n, 1)) · Σ over observed j of (v_j - c_j) · axis_j, n the participant's votes (Polis
 * math, sparsity-aware-project-ptpt). The factor undoes the pull to the middle of whoever voted little. (participants)
 */
export function projectParticipants(votes: CentredVotes, axes: Axes, { zeroedColumns }: Scaling): Points {
  const width = votes.center.length + zeroedColumns;
  const scale = (product: number, row: number): number =>
    Math.sqrt(width / Math.max(votesOf(votes.table, row) + zeroedColumns, 1)) * product;
  return { x: rowProducts(votes, axes.first).map(scale), y: rowProducts(votes, axes.second).map(scale) };
}

/**
 * Statements on the map, each as a participant who did nothing but agree with it: q_j = √C · (1 - c_j) · axis_j (Polis math,
 * pca-project-cmnts). (statements)
 */
export function projectStatements({ center }: CentredVotes, axes: Axes, { zeroedColumns }: Scaling): Points {
  const root = Math.sqrt(center.length + zeroedColumns);
  const along = (axis: Float64Array): Float64Array =>
    center.map((mean, column) => root * (1 - mean) * (axis[column] as number));
  return { x: along(axes.first), y: along(axes.second) };
}

/** E_j = |q_j|: how far a statement moves whoever votes on it. */
export function extremities({ x, y }: Points): Float64Array {
  return x.map((across, i) => Math.hypot(across, y[i] as number));
}
