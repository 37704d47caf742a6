import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { correlation } from "../../statistics/index.ts";
import type { SparseCode } from "../dictionaries/index.ts";
import { matchActivations, matchRows } from "./match.ts";

/** A code of rows of numbers, one a feature; 0 is not active. */
function codeOf(rows: readonly (readonly number[])[]): SparseCode {
  const starts = [0];
  const features: number[] = [];
  const values: number[] = [];
  for (const row of rows) {
    for (const [feature, value] of row.entries()) if (value !== 0) [features.push(feature), values.push(value)];
    starts.push(features.length);
  }
  return { starts: Int32Array.from(starts), features: Int32Array.from(features), values: Float32Array.from(values) };
}

test("by hand: a feature goes with the one that is active where it is, and one that never is has none", () => {
  // Feature 0: 1 0 2 0. The other's 1 is its double, its 0 stands where 0 is not; feature 1 is silent; 2 goes with the other's 0.
  const own = codeOf([
    [1, 0, 0],
    [0, 0, 3],
    [2, 0, 0],
    [0, 0, 3],
  ]);
  const other = codeOf([
    [0, 2],
    [5, 0],
    [0, 4],
    [5, 0],
  ]);
  const found = matchActivations(own, 3, other, 2);
  expect(found.map((match) => match?.feature)).toEqual([1, undefined, 0]);
  expect(found[0]?.likeness).toBeCloseTo(1, 12);
  expect(found[2]?.likeness).toBeCloseTo(1, 12);
});

test("likeness is Pearson's correlation of the columns, the greatest of them", () => {
  const random = rng(3, "match");
  const draw = (size: number): number[][] =>
    Array.from({ length: 60 }, () =>
      Array.from({ length: size }, () => (random.next() < 0.4 ? Math.fround(random.next()) : 0)),
    );
  const [own, other] = [draw(4), draw(5)];
  const column = (rows: number[][], feature: number): number[] => rows.map((row) => row[feature] ?? 0);
  for (const [feature, match] of matchActivations(codeOf(own), 4, codeOf(other), 5).entries()) {
    const all = [0, 1, 2, 3, 4].map((one) => correlation(column(own, feature), column(other, one)) ?? 0);
    expect(match?.likeness).toBeCloseTo(Math.max(...all), 6);
    expect(match?.feature).toBe(all.indexOf(Math.max(...all)));
  }
});

test("rows are matched by their direction alone", () => {
  const own = Float32Array.of(1, 0, 0, 2);
  const other = Float32Array.of(0, -3, 0, 9, 3, 3);
  expect(matchRows(own, other, 2)).toEqual([
    { feature: 2, likeness: expect.closeTo(Math.SQRT1_2, 6) },
    { feature: 1, likeness: expect.closeTo(1, 6) },
  ]);
});
