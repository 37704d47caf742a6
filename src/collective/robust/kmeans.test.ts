import { describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import type { Points } from "../projection.ts";
import { gather } from "./cells.ts";
import { clusterAround, kMeans } from "./kmeans.ts";
import { silhouettesOf } from "./silhouette.ts";

/** Three round clouds, the largest first. */
function clouds(counts: readonly number[], spread = 0.5): Points {
  const random = rng(2);
  const at = counts.flatMap((count, c) =>
    Array.from(
      { length: count },
      () => [10 * c + spread * random.normal(), (c % 2) * 10 + spread * random.normal()] as const,
    ),
  );
  return { x: Float64Array.from(at, ([x]) => x), y: Float64Array.from(at, ([, y]) => y) };
}

describe("k-means on the map", () => {
  test("of two pairs by hand: centres in their middles, 4 · 0.5² within", () => {
    const points = { x: Float64Array.of(0, 1, 10, 11), y: new Float64Array(4) };
    const { centres, labels, withinSquares } = kMeans(points, 2, rng(0), 5);
    expect(Array.from(centres.x)).toEqual([0.5, 10.5]);
    expect(Array.from(labels)).toEqual([0, 0, 1, 1]);
    expect(withinSquares).toBeCloseTo(1, 12);
  });

  test("finds clouds, largest first, for every seed", () => {
    const points = clouds([50, 30, 20]);
    const results = [0, 1, 2].map((seed) => kMeans(points, 3, rng(seed), 10));
    for (const { labels } of results) expect(labels).toEqual(results[0]?.labels);
    expect([0, 1, 2].map((group) => results[0]?.labels.filter((label) => label === group).length)).toEqual([
      50, 30, 20,
    ]);
  });

  test("finds the same clouds over a grid of very many points", () => {
    const points = clouds([3000, 2000, 1000]);
    const { labels } = kMeans(points, 3, rng(0), 10);
    expect([0, 1, 2].map((group) => labels.filter((label) => label === group).length)).toEqual([3000, 2000, 1000]);
    const cells = gather(points);
    expect(cells.x.length).toBeLessThan(2500);
    expect(cells.weights.reduce((sum, weight) => sum + weight, 0)).toBe(6000);
  });

  test("makes no more groups than there are points", () => {
    const points = { x: Float64Array.of(1, 1, 1), y: Float64Array.of(2, 2, 2) };
    const { centres, withinSquares } = kMeans(points, 3, rng(0), 3);
    expect(centres.x.length).toBe(1);
    expect(withinSquares).toBe(0);
  });

  test("never leaves a start worse than it was", () => {
    const points = clouds([40, 40, 40], 4);
    const start = { x: Float64Array.of(0, 1, 2), y: Float64Array.of(0, 0, 0) };
    const settled = clusterAround(points, start);
    expect(settled.withinSquares).toBeLessThan(
      clusterAround(points, { x: Float64Array.of(0), y: Float64Array.of(0) }).withinSquares,
    );
  });
});

describe("silhouettes", () => {
  test("of four points in two pairs by hand: a = 1, b = 10 for the inner, 11 or so for the outer ones", () => {
    const points = { x: Float64Array.of(0, 1, 10, 11), y: new Float64Array(4) };
    const [value] = silhouettesOf(points, [kMeans(points, 2, rng(0), 5)]);
    const at = (b: number): number => (b - 1) / b;
    expect(value).toBeCloseTo((at(10.5) + at(9.5)) / 2, 12);
  });

  test("are highest at the true number of clouds, few points or many", () => {
    for (const counts of [
      [50, 30, 20],
      [2500, 1500, 1000],
    ]) {
      const points = clouds(counts);
      const values = silhouettesOf(
        points,
        [2, 3, 4].map((k) => kMeans(points, k, rng(0), 10)),
      );
      expect(values[1]).toBe(Math.max(...values));
    }
  });
});
