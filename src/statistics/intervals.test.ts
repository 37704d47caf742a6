import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import {
  clopperPearson,
  incompleteBeta,
  logGamma,
  meanInterval,
  pairedDifference,
  rateOf,
  studentCdf,
  studentQuantile,
  wilson,
} from "./index.ts";

describe("wilson", () => {
  // Wilson 1927, z = 1.959964.
  it.each([
    [17, 20, 0.6396, 0.9476],
    [5, 5, 0.5655, 1],
    [0, 50, 0, 0.0713],
    [850, 1000, 0.8265, 0.8708],
  ])("gives the published interval of %i/%i", (successes, n, low, high) => {
    const rate = wilson(successes, n);
    expect(rate.low).toBeCloseTo(low, 4);
    expect(rate.high).toBeCloseTo(high, 4);
    expect(rate).toMatchObject({ estimate: successes / n, n });
  });

  it("is symmetric under swapping success and failure, and holds its estimate", () => {
    for (const n of [1, 7, 400]) {
      for (let k = 0; k <= n; k++) {
        const rate = wilson(k, n);
        const mirror = wilson(n - k, n);
        expect(rate.low).toBeCloseTo(1 - mirror.high, 12);
        expect(rate.low).toBeLessThanOrEqual(rate.estimate);
        expect(rate.high).toBeGreaterThanOrEqual(rate.estimate);
      }
    }
  });

  it("covers the truth in about 95 % of draws", () => {
    const r = rng(3, "coverage");
    let covered = 0;
    for (let trial = 0; trial < 2000; trial++) {
      let k = 0;
      for (let i = 0; i < 60; i++) if (r.next() < 0.3) k += 1;
      const { low, high } = wilson(k, 60);
      if (low <= 0.3 && 0.3 <= high) covered += 1;
    }
    expect(covered / 2000).toBeGreaterThan(0.93);
    expect(covered / 2000).toBeLessThan(0.97);
  });

  it.each([
    [1, 0],
    [-1, 5],
    [6, 5],
    [0.5, 5],
  ])("refuses %d of %d, as clopperPearson does", (k, n) => {
    for (const interval of [wilson, clopperPearson])
      expect(() => interval(k, n)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });
});

it("rateOf counts, and says nothing about nothing", () => {
  expect(rateOf([true, false, true, true])).toEqual(wilson(3, 4));
  expect(rateOf([])).toBeUndefined();
});

it("logGamma gives known values", () => {
  expect(logGamma(1)).toBeCloseTo(0, 13);
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 11);
});

it("incompleteBeta gives known values", () => {
  expect(incompleteBeta(0.3, 1, 1)).toBeCloseTo(0.3, 14);
  // I_x(2, 3) = 6x² − 8x³ + 3x⁴
  expect(incompleteBeta(0.4, 2, 3)).toBeCloseTo(6 * 0.16 - 8 * 0.064 + 3 * 0.0256, 13);
  expect(incompleteBeta(0.9, 2, 3) + incompleteBeta(0.1, 3, 2)).toBeCloseTo(1, 13);
});

describe("studentQuantile", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2
  it.each([
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 5, 2.571],
    [0.975, 10, 2.228],
    [0.975, 30, 2.042],
    [0.975, 100, 1.984],
    [0.95, 4, 2.132],
    [0.995, 20, 2.845],
    [0.999, 8, 4.501],
  ])("t(%d; %i) = %d", (p, df, t) => {
    expect(studentQuantile(p, df)).toBeCloseTo(t, 2.9);
  });

  it("is Cauchy's at df 1, goes to the normal, and is odd about the median", () => {
    expect(studentQuantile(0.9, 1)).toBeCloseTo(Math.tan(Math.PI * 0.4), 10);
    expect(studentQuantile(0.975, 1e6)).toBeCloseTo(1.959966, 5);
    expect(studentQuantile(0.2, 7)).toBeCloseTo(-studentQuantile(0.8, 7), 12);
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
  });

  it("inverts the distribution", () => {
    for (const df of [1, 3, 29, 399]) {
      for (const p of [0.01, 0.3, 0.6, 0.975]) expect(studentCdf(studentQuantile(p, df), df)).toBeCloseTo(p, 12);
    }
  });
});

describe("means", () => {
  it("meanInterval: by hand", () => {
    // 1, 2, 3, 4: mean 2.5, s = √(5/3), t(3) = 3.1824
    const interval = meanInterval([1, 2, 3, 4]);
    const margin = (3.182446 * Math.sqrt(5 / 3)) / 2;
    expect(interval.estimate).toBe(2.5);
    expect(interval.low).toBeCloseTo(2.5 - margin, 5);
    expect(interval.high).toBeCloseTo(2.5 + margin, 5);
    expect(interval.n).toBe(4);
  });

  it("pairedDifference takes what the pairs share out of the interval", () => {
    const r = rng(1, "pairs");
    const base = Array.from({ length: 50 }, () => 10 * r.normal());
    const better = base.map((value) => value + 0.5 + 0.1 * r.normal());
    const difference = pairedDifference(better, base);
    expect(difference.low).toBeGreaterThan(0.4);
    expect(difference.high).toBeLessThan(0.6);
    const swapped = pairedDifference(base, better);
    expect(swapped.low).toBeCloseTo(-difference.high, 12);
  });

  it("refuses unequal lengths, single values and NaN", () => {
    expect(() => pairedDifference([1, 2], [1])).toThrowError(expect.objectContaining({ code: "shape-mismatch" }));
    expect(() => meanInterval([1])).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
    expect(() => meanInterval([1, Number.NaN])).toThrowError(expect.objectContaining({ code: "not-finite" }));
  });
});
