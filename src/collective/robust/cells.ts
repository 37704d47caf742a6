import type { Points } from "../projection.ts";

/** Points of the map gathered into few, each with the number of points that it stands for. */
export interface Cells extends Points {
  readonly weights: Float64Array;
}

const MOST_CELLS = 2000;
const GRID = 56;

/**
 * Up to 2,000 points as they are; of more, the means of the squares of a grid over the map, of which at most 56² hold any. What is
 * done to cells costs the same for a hundred people and for a million. Order of the points matters only in the last digits.
 */
export function gather(points: Points): Cells {
  const count = points.x.length;
  if (count <= MOST_CELLS) return { ...points, weights: new Float64Array(count).fill(1) };
  const [left, bottom] = [minimum(points.x), minimum(points.y)];
  const side =
    Math.max(-minimum(points.x.map((x) => -x)) - left, -minimum(points.y.map((y) => -y)) - bottom) / GRID || 1;
  const sums = new Float64Array(3 * (GRID + 1) ** 2);
  for (let i = 0; i < count; i++) {
    const [x, y] = [points.x[i] as number, points.y[i] as number];
    const square = 3 * (Math.floor((x - left) / side) * (GRID + 1) + Math.floor((y - bottom) / side));
    sums[square] = (sums[square] as number) + 1;
    sums[square + 1] = (sums[square + 1] as number) + x;
    sums[square + 2] = (sums[square + 2] as number) + y;
  }
  const held = Array.from({ length: sums.length / 3 }, (_, i) => 3 * i).filter(
    (square) => (sums[square] as number) > 0,
  );
  const mean = (offset: number): Float64Array =>
    Float64Array.from(held, (square) => (sums[square + offset] as number) / (sums[square] as number));
  return { x: mean(1), y: mean(2), weights: Float64Array.from(held, (square) => sums[square] as number) };
}

function minimum(values: Float64Array): number {
  let lowest = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < lowest) lowest = value;
  return lowest;
}
