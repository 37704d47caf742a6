import { expect, it } from "vitest";
import { rng } from "../rng.ts";
import { auc } from "./auc.ts";
import { fitLogistic } from "./platt.ts";

it("counts pairs in order, ties as a half", () => {
  // Pairs: (3 > 1), (3 > 2), (2 > 1), (2 = 2) of four.
  expect(auc([3, 2], [1, 2]).estimate).toBe(3.5 / 4);
  expect(auc([1, 1], [1, 1, 1]).estimate).toBe(0.5);
  expect(() => auc([], [1])).toThrow(/no positives/);
  expect(() => auc([1], [Number.NaN])).toThrow();
});

it("turns with the sign of the scores, and keeps to any rising function of them", () => {
  const random = rng(2, "auc");
  const [a, b] = [
    Array.from({ length: 40 }, () => random.normal() + 1),
    Array.from({ length: 60 }, () => random.normal()),
  ];
  const { estimate, low, high } = auc(a, b);
  const turned = auc(
    a.map((x) => -x),
    b.map((x) => -x),
  );
  expect(turned.estimate).toBeCloseTo(1 - estimate, 12);
  expect(turned.low).toBeCloseTo(1 - high, 9);
  expect(auc(a.map(Math.exp), b.map(Math.exp))).toEqual({ estimate, low, high, n: 100 });
});

it("has a width where all pairs are in order, that more pairs make smaller", () => {
  const range = (n: number, from: number): number[] => Array.from({ length: n }, (_, i) => from + i);
  const few = auc(range(5, 100), range(5, 0));
  const many = auc(range(500, 1000), range(500, 0));
  expect(few).toMatchObject({ estimate: 1, high: 1 });
  expect(few.low).toBeLessThan(0.9);
  expect(many.low).toBeGreaterThan(0.98);
});

it("covers the true area in about 95 of 100 samples", () => {
  // Normals one standard deviation apart: Φ(1/√2) = 0.7602.
  const truth = 0.760249938906523;
  const random = rng(5, "coverage");
  let covered = 0;
  for (let i = 0; i < 400; i++) {
    const a = Array.from({ length: 30 }, () => random.normal() + 1);
    const b = Array.from({ length: 50 }, () => random.normal());
    const { low, high } = auc(a, b);
    if (low <= truth && truth <= high) covered++;
  }
  expect(covered / 400).toBeGreaterThan(0.92);
  expect(covered / 400).toBeLessThan(0.985);
});

it("fits the logistic that made the outcomes, and stays finite where the two sides part", () => {
  const random = rng(7, "platt");
  const scores = Array.from({ length: 4000 }, () => 3 * random.normal());
  const isTrue = scores.map((x) => random.next() < 1 / (1 + Math.exp(-(0.8 * x - 0.5))));
  const fit = fitLogistic(
    scores.filter((_, i) => isTrue[i]),
    scores.filter((_, i) => !isTrue[i]),
  );
  expect(fit.slope).toBeCloseTo(0.8, 1);
  expect(fit.offset).toBeCloseTo(-0.5, 1);
  const parted = fitLogistic([5, 6, 7], [-5, -6, -7, -8]);
  expect(parted.slope).toBeGreaterThan(0);
  expect(Number.isFinite(parted.slope + parted.offset)).toBe(true);
  // At the optimum the gradient is zero: Σ p = Σ targets = 3 · 4/5 + 4 · 1/6.
  const total = [5, 6, 7, -5, -6, -7, -8].reduce(
    (sum, x) => sum + 1 / (1 + Math.exp(-(parted.slope * x + parted.offset))),
    0,
  );
  expect(total).toBeCloseTo(3 * (4 / 5) + 4 / 6, 5);
});
