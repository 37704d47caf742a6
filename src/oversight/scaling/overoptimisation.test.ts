import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import {
  bestOfNDistance,
  bestOfNMeans,
  type Course,
  fitCourse,
  fitOveroptimisation,
  goldAt,
  peakOf,
  type Scored,
} from "./overoptimisation.ts";

const distances = [0, 0.4, 0.8, 1.2, 1.6];

describe("bestOfNMeans", () => {
  const answers: Scored[] = [
    { proxy: 3, gold: 30 },
    { proxy: 1, gold: 10 },
    { proxy: 2, gold: -20 },
  ];

  it("is the mean over all subsets, by hand", () => {
    // Pairs: {1,2} → 2, {1,3} → 3, {2,3} → 3.
    const [one, two, three] = bestOfNMeans(answers, [1, 2, 3]);
    expect(one).toEqual({ proxy: 2, gold: 20 / 3 });
    expect(two!.proxy).toBeCloseTo(8 / 3, 12);
    expect(two!.gold).toBeCloseTo((-20 + 30 + 30) / 3, 12);
    expect(three).toEqual({ proxy: 3, gold: 30 });
  });

  it("does not depend on the order of the answers, nor of equal ones on which comes first", () => {
    const tied = [...answers, { proxy: 3, gold: 0 }];
    expect(bestOfNMeans(tied, [2, 4])).toEqual(bestOfNMeans(tied.toReversed(), [2, 4]));
    expect(bestOfNMeans(tied, [4])[0]!.gold).toBe(15);
  });

  it("refuses to choose from more answers than there are", () => {
    expect(() => bestOfNMeans(answers, [4])).toThrow(/best of 4: 3 answers/);
  });
});

describe("fitOveroptimisation", () => {
  it("finds α and β of both forms, and their peaks by hand", () => {
    for (const pressure of ["best-of-n", "rl"] as const) {
      const truth = { alpha: 0.9, beta: 0.6 };
      const points = distances.map((d) => ({ d, gain: goldAt(pressure, truth, d) }));
      const fit = fitOveroptimisation(points, pressure);
      expect(fit.alpha).toBeCloseTo(0.9, 9);
      expect(fit.beta).toBeCloseTo(0.6, 9);
    }
    expect(peakOf("best-of-n", { alpha: 0.9, beta: 0.6 })).toBeCloseTo(0.75, 12);
    expect(peakOf("rl", { alpha: 0.9, beta: 0.6 })).toBeCloseTo(Math.exp(0.5), 12);
    expect(peakOf("rl", { alpha: 0.9, beta: -0.1 })).toBeUndefined();
    // exp(9,000): a file of JSON has no such number.
    expect(peakOf("rl", { alpha: 0.9, beta: 1e-4 })).toBeUndefined();
  });

  it("has its least squares where finite differences say", () => {
    const points = distances.map((d, i) => ({ d, gain: [0, 0.3, 0.35, 0.2, 0.1][i]! }));
    const fit = fitOveroptimisation(points, "best-of-n");
    const squares = (alpha: number, beta: number): number =>
      points.reduce((sum, { d, gain }) => sum + (gain - goldAt("best-of-n", { alpha, beta }, d)) ** 2, 0);
    const h = 1e-5;
    expect((squares(fit.alpha + h, fit.beta) - squares(fit.alpha - h, fit.beta)) / h).toBeCloseTo(0, 6);
    expect((squares(fit.alpha, fit.beta + h) - squares(fit.alpha, fit.beta - h)) / h).toBeCloseTo(0, 6);
  });
});

describe("bestOfNDistance", () => {
  it("is 0 for one, and the root of ln 2 − ½ for two", () => {
    expect(bestOfNDistance(1)).toBe(0);
    expect(bestOfNDistance(2)).toBeCloseTo(Math.sqrt(Math.LN2 - 0.5), 12);
  });
});

describe("fitCourse", () => {
  const drawCourse = (gold: (d: number) => number, seed = 1): Course => {
    const random = rng(seed, "course");
    const rows = (of: (d: number) => number, noise: number) =>
      distances.map((d) => Array.from({ length: 80 }, () => of(d) + noise * random.normal()));
    return { pressure: "best-of-n", distances, gold: rows(gold, 0.3), proxy: rows((d) => d, 0.1) };
  };

  it("sees gold that peaks and falls while the proxy rises", () => {
    const fitted = fitCourse(
      drawCourse((d) => 1.2 * d - 0.9 * d * d),
      { seed: 1, resamples: 300 },
    );
    expect(fitted.isOveroptimised).toBe(true);
    expect(fitted.beta.low).toBeGreaterThan(0);
    expect(fitted.alpha.low).toBeLessThan(1.2);
    expect(fitted.alpha.high).toBeGreaterThan(1.2);
  });

  it("does not call it so where gold rises, and seldom where nothing but noise lies below the highest point", () => {
    expect(
      fitCourse(
        drawCourse((d) => d),
        { seed: 1, resamples: 50 },
      ).isOveroptimised,
    ).toBe(false);
    const called = Array.from({ length: 40 }, (_, seed) =>
      fitCourse(
        drawCourse(() => 0, seed),
        { seed, resamples: 20 },
      ),
    );
    expect(called.filter(({ isOveroptimised }) => isOveroptimised).length).toBeLessThanOrEqual(5);
  });
});
