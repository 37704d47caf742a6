import type { Points } from "../projection.ts";

/** A cluster of points: indices of its members, and its centre. */
export interface Cluster {
  readonly members: readonly number[];
  readonly x: number;
  readonly y: number;
}

interface Lloyd {
  readonly points: Points;
  /** One weight a point; none: all count 1. */
  readonly weights?: readonly number[] | undefined;
  readonly k: number;
  readonly iterations: number;
}

/** All sorted centres moved less: converged. */
const THRESHOLD = 0.01;

/**
 * k-means as Polis runs it (math, clusters.clj): cold from the first k distinct points, so that the order of the rows decides; warm
 * from the clusters of the last update. Empty clusters are dropped.
 */
export function polisKMeans(lloyd: Lloyd, last?: readonly Cluster[]): Cluster[] {
  let clusters = last === undefined ? firstDistinct(lloyd) : carryOn(lloyd, last);
  for (let round = 0; round < lloyd.iterations; round++) {
    const next = step(lloyd, clusters);
    const isDone = hasSettled(clusters, next);
    clusters = next;
    if (isDone) break;
  }
  return clusters;
}

function firstDistinct({ points, k }: Lloyd): Cluster[] {
  const seen = new Map<string, Cluster>();
  for (let i = 0; i < points.x.length && seen.size < k; i++) {
    const [x, y] = at(points, i);
    if (!seen.has(`${x} ${y}`)) seen.set(`${x} ${y}`, { members: [], x, y });
  }
  return [...seen.values()];
}

/** The last clusters on new points: centres anew, identical ones merged, the most distal point split off until there are k. */
function carryOn(lloyd: Lloyd, last: readonly Cluster[]): Cluster[] {
  const { points, k } = lloyd;
  const isThere = (i: number): boolean => i < points.x.length;
  const moved = last.map(({ members }) => members.filter(isThere)).filter((members) => members.length > 0);
  const merged = new Map<string, number[]>();
  for (const members of moved) {
    const { x, y } = recentre(lloyd, members);
    merged.set(`${x} ${y}`, [...(merged.get(`${x} ${y}`) ?? []), ...members]);
  }
  let clusters = [...merged.values()].map((members) => recentre(lloyd, members));
  const distinct = new Set(Array.from(points.x, (x, i) => `${x} ${points.y[i]}`)).size;
  while (clusters.length < Math.min(k, distinct)) {
    const distal = mostDistal(points, clusters);
    if (distal === undefined) break;
    clusters = clusters
      .map(({ members }) => members.filter((i) => i !== distal))
      .filter((members) => members.length > 0)
      .map((members) => recentre(lloyd, members));
    clusters.push(recentre(lloyd, [distal]));
  }
  return clusters;
}

function mostDistal(points: Points, clusters: readonly Cluster[]): number | undefined {
  let far = 0;
  let point: number | undefined;
  for (const { members, x, y } of clusters) {
    for (const i of members) {
      const distance = distanceTo(points, i, x, y);
      if (distance <= far) continue;
      far = distance;
      point = i;
    }
  }
  return point;
}

/** Assignment and new centres. Of equally near centres the last one in the order of the clusters takes the point. */
function step(lloyd: Lloyd, clusters: readonly Cluster[]): Cluster[] {
  const members: number[][] = clusters.map(() => []);
  for (let i = 0; i < lloyd.points.x.length; i++) {
    let nearest = 0;
    let best = Number.POSITIVE_INFINITY;
    clusters.forEach(({ x, y }, c) => {
      const distance = distanceTo(lloyd.points, i, x, y);
      if (distance > best) return;
      best = distance;
      nearest = c;
    });
    members[nearest]?.push(i);
  }
  return members.filter(({ length }) => length > 0).map((of) => recentre(lloyd, of));
}

function recentre({ points, weights }: Lloyd, members: readonly number[]): Cluster {
  let [sumX, sumY, sum] = [0, 0, 0];
  for (const i of members) {
    const [x, y] = at(points, i);
    const weight = weights?.[i] ?? 1;
    sumX += weight * x;
    sumY += weight * y;
    sum += weight;
  }
  return { members, x: sumX / sum, y: sumY / sum };
}

function hasSettled(before: readonly Cluster[], after: readonly Cluster[]): boolean {
  const sort = (clusters: readonly Cluster[]): Cluster[] => [...clusters].sort((a, b) => a.x - b.x || a.y - b.y);
  const [old, now] = [sort(before), sort(after)];
  return now.every(({ x, y }, i) => {
    const was = old[i];
    return was !== undefined && Math.hypot(x - was.x, y - was.y) < THRESHOLD;
  });
}

/** Mean over all points of (b - a) / max(a, b), unweighted; 0 for the only member of a cluster. */
export function polisSilhouette(points: Points, clusters: readonly Cluster[]): number {
  let sum = 0;
  let count = 0;
  clusters.forEach(({ members }, own) => {
    for (const i of members) {
      count += 1;
      if (members.length === 1) continue;
      const means = clusters.map((other) => {
        const total = other.members.reduce((distance, j) => {
          const [x, y] = at(points, j);
          return distance + distanceTo(points, i, x, y);
        }, 0);
        return total / (other.members.length - (other.members === members ? 1 : 0));
      });
      const a = means[own] ?? 0;
      const b = Math.min(...means.filter((_, c) => c !== own));
      sum += Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b);
    }
  });
  return count === 0 ? 0 : sum / count;
}

function at({ x, y }: Points, i: number): [x: number, y: number] {
  return [x[i] as number, y[i] as number];
}

function distanceTo(points: Points, i: number, x: number, y: number): number {
  return Math.hypot((points.x[i] as number) - x, (points.y[i] as number) - y);
}
