import type { Rng } from "../../rng.ts";
import type { Points } from "../projection.ts";
import { type Cells, gather } from "./cells.ts";

/** Groups of points: the label of each, the centres, and the sum of squares within, Σ |p - centre|². */
export interface Clustering {
  readonly labels: Int8Array;
  readonly centres: Points;
  readonly withinSquares: number;
}

const MOST_ROUNDS = 100;
/** Over all points once the cells have settled: a handful of rounds moves the last ones on the borders. */
const MOST_POLISH = 30;

/**
 * k-means with the best of `restarts` k-means++ starts (Arthur & Vassilvitskii 2007), over cells of the map and then over the points
 * themselves. Groups come largest first, so that their numbers do not depend on the seed. k is at most the number of points.
 */
export function kMeans(points: Points, k: number, random: Rng, restarts: number): Clustering {
  const cells = gather(points);
  let best: Points | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let restart = 0; restart < restarts; restart++) {
    const centres = settle(cells, spread(cells, k, random), MOST_ROUNDS);
    const squares = squaresOf(cells, centres);
    if (squares >= least * (1 - 1e-12)) continue;
    least = squares;
    best = centres;
  }
  return clusterAround(points, best ?? { x: new Float64Array(0), y: new Float64Array(0) });
}

/** k-means over the points from given centres: what a warm start does. */
export function clusterAround(points: Points, start: Points): Clustering {
  const weights = new Float64Array(points.x.length).fill(1);
  const centres = bySize(points, settle({ ...points, weights }, start, MOST_POLISH));
  const labels = Int8Array.from(points.x, (x, i) => nearestTo(x, points.y[i] as number, centres));
  return { labels, centres, withinSquares: squaresOf({ ...points, weights }, centres) };
}

/** k-means++: every further centre is a point drawn in proportion to its squared distance from the centres so far. */
function spread({ x, y, weights }: Cells, k: number, random: Rng): Points {
  const chosen: number[] = [];
  const distances = weights.slice();
  while (chosen.length < Math.min(k, x.length)) {
    const total = distances.reduce((sum, distance) => sum + distance, 0);
    if (total === 0) break;
    let rest = random.next() * total;
    const drawn = distances.findIndex((distance) => {
      rest -= distance;
      return rest < 0;
    });
    const point = drawn < 0 ? distances.findLastIndex((distance) => distance > 0) : drawn;
    chosen.push(point);
    const isFirst = chosen.length === 1;
    for (let i = 0; i < x.length; i++) {
      const square =
        (weights[i] as number) *
        (((x[i] as number) - (x[point] as number)) ** 2 + ((y[i] as number) - (y[point] as number)) ** 2);
      distances[i] = isFirst ? square : Math.min(distances[i] as number, square);
    }
  }
  return {
    x: Float64Array.from(chosen, (i) => x[i] as number),
    y: Float64Array.from(chosen, (i) => y[i] as number),
  };
}

/** Lloyd's rounds until no point changes its centre. A centre that loses all its points stays where it is. */
function settle({ x, y, weights }: Cells, start: Points, rounds: number): Points {
  const centres = { x: start.x.slice(), y: start.y.slice() };
  const k = centres.x.length;
  const labels = new Int8Array(x.length).fill(-1);
  for (let round = 0; round < rounds; round++) {
    let changed = 0;
    const [sumX, sumY, sum] = [new Float64Array(k), new Float64Array(k), new Float64Array(k)];
    for (let i = 0; i < x.length; i++) {
      const [px, py, weight] = [x[i] as number, y[i] as number, weights[i] as number];
      const label = nearestTo(px, py, centres);
      if (label !== labels[i]) changed += 1;
      labels[i] = label;
      sumX[label] = (sumX[label] as number) + weight * px;
      sumY[label] = (sumY[label] as number) + weight * py;
      sum[label] = (sum[label] as number) + weight;
    }
    if (changed === 0) break;
    for (let c = 0; c < k; c++) {
      if (sum[c] === 0) continue;
      centres.x[c] = (sumX[c] as number) / (sum[c] as number);
      centres.y[c] = (sumY[c] as number) / (sum[c] as number);
    }
  }
  return centres;
}

/** The index of the nearest centre, the first of equally near ones. */
export function nearestTo(px: number, py: number, { x, y }: Points): number {
  let nearest = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < x.length; c++) {
    const distance = (px - (x[c] as number)) ** 2 + (py - (y[c] as number)) ** 2;
    if (distance >= least) continue;
    least = distance;
    nearest = c;
  }
  return nearest;
}

function squaresOf({ x, y, weights }: Cells, centres: Points): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const c = nearestTo(x[i] as number, y[i] as number, centres);
    sum +=
      (weights[i] as number) *
      (((x[i] as number) - (centres.x[c] as number)) ** 2 + ((y[i] as number) - (centres.y[c] as number)) ** 2);
  }
  return sum;
}

/** The centres that hold points, by how many they hold, and from left to right where they hold as many. */
function bySize(points: Points, centres: Points): Points {
  const sizes = new Uint32Array(centres.x.length);
  for (let i = 0; i < points.x.length; i++) {
    const c = nearestTo(points.x[i] as number, points.y[i] as number, centres);
    sizes[c] = (sizes[c] as number) + 1;
  }
  const order = Array.from(sizes.keys())
    .filter((c) => (sizes[c] as number) > 0)
    .sort((a, b) => (sizes[b] as number) - (sizes[a] as number) || (centres.x[a] as number) - (centres.x[b] as number));
  return {
    x: Float64Array.from(order, (c) => centres.x[c] as number),
    y: Float64Array.from(order, (c) => centres.y[c] as number),
  };
}
