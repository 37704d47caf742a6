import { expect, test } from "vitest";
import { rng } from "../rng.ts";
import { correlation } from "./correlation.ts";

test("is 0.9 for five pairs worked out by hand, and does not change with scale or place", () => {
  // Deviations −2 … 2 and −2, 0, −1, 1, 2 (of 1, 3, 2, 4, 5): Σxy = 9, Σxx = Σyy = 10.
  expect(correlation([1, 2, 3, 4, 5], [1, 3, 2, 4, 5])).toBeCloseTo(0.9, 12);
  const random = rng(1, "correlation");
  const [x, y] = [0, 1].map(() => Array.from({ length: 30 }, () => random.next())) as [number[], number[]];
  const r = correlation(x, y) ?? Number.NaN;
  expect(correlation(y, x)).toBeCloseTo(r, 12);
  const moved = x.map((value) => 7 * value - 3);
  expect(correlation(moved, y)).toBeCloseTo(r, 12);
  const turned = x.map((value) => -value);
  expect(correlation(turned, y)).toBeCloseTo(-r, 12);
});

test("is undefined where a side does not vary, and refuses lists of two lengths", () => {
  expect(correlation([1, 1, 1], [1, 2, 3])).toBeUndefined();
  expect(correlation([], [])).toBeUndefined();
  expect(() => correlation([1, 2], [1])).toThrow("2 values against 1");
});
