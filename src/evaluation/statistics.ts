import { PreceptError } from "../errors.ts";
import type { Rate } from "./suite.ts";

/** A mean, or a difference of means, with its 95 % interval; n is the number of independent items. */
export interface Interval {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Two-sided 95 % point of the standard normal. */
export const z95 = 1.959963984540054;

/**
 * Wilson score interval, Wilson 1927: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), clamped to [0, 1].
 * @throws PreceptError input-invalid unless 0 ≤ successes ≤ n, both whole, and n ≥ 1.
 */
export function wilson(successes: number, n: number, z = z95): Rate {
  if (!Number.isInteger(n) || !Number.isInteger(successes) || n < 1 || successes < 0 || successes > n) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a Wilson interval",
      found: `${successes} successes of ${n}`,
      expected: "whole numbers with 0 ≤ successes ≤ n and n ≥ 1",
    });
  }
  const p = successes / n;
  const z2 = z * z;
  const centre = p + z2 / (2 * n);
  const margin = z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  return {
    estimate: p,
    low: successes === 0 ? 0 : Math.max(0, (centre - margin) / scale),
    high: successes === n ? 1 : Math.min(1, (centre + margin) / scale),
    n,
  };
}

/** Share of `true`, with its Wilson interval; undefined where there is nothing to count. */
export function rateOf(outcomes: Iterable<boolean>): Rate | undefined {
  let n = 0;
  let successes = 0;
  for (const outcome of outcomes) {
    n += 1;
    if (outcome) successes += 1;
  }
  return n === 0 ? undefined : wilson(successes, n);
}

export function mean(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

/** Sample standard deviation, denominator n − 1. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Mean ± t(n−1) · s/√n, 95 %. The values must be independent: average the samples of one prompt first.
 * @throws PreceptError input-invalid for fewer than two values or one that is not finite.
 */
export function meanInterval(values: readonly number[]): Interval {
  const n = values.length;
  if (n < 2 || !values.every(Number.isFinite)) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing the interval of a mean",
      found: n < 2 ? `${n} values` : "a value that is not finite",
      expected: "two finite values or more",
    });
  }
  const estimate = mean(values);
  const margin = (studentQuantile(0.975, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { estimate, low: estimate - margin, high: estimate + margin, n };
}

/**
 * Mean of a_i − b_i with its 95 % interval, Student t on the differences (Miller 2024, arXiv 2411.00640, §4).
 * a, b: (N), values of the same items in the same order.
 * @throws PreceptError shape-mismatch when the lengths differ; input-invalid as `meanInterval`.
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): Interval {
  if (a.length !== b.length) {
    throw new PreceptError("shape-mismatch", {
      attempted: "Computing a paired difference",
      found: `${a.length} values against ${b.length}`,
      expected: "one value an item on both sides",
    });
  }
  return meanInterval(a.map((value, i) => value - (b[i] ?? Number.NaN)));
}

/** ln Γ(x) for x > 0; Lanczos, g = 7, nine terms, relative error about 1e-15. */
export function logGamma(x: number): number {
  const [first = 0, ...rest] = lanczos;
  let sum = first;
  for (const [i, c] of rest.entries()) sum += c / (x + i);
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/** P(T ≤ t) of Student's t with df degrees of freedom: 1 − ½ I_{df/(df+t²)}(df/2, ½) for t ≥ 0. */
export function studentCdf(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t >= 0 ? 1 - tail : tail;
}

/**
 * The t with P(T ≤ t) = p, by bisection of `studentCdf` to machine precision.
 * @throws PreceptError input-invalid unless 0 < p < 1 and df > 0.
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p > 0 && p < 1) || !(df > 0)) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a quantile of Student's t",
      found: `p = ${p}, df = ${df}`,
      expected: "0 < p < 1 and df > 0",
    });
  }
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentCdf(high, df) < p && high < 1e15) high *= 2;
  for (let i = 0; i < 200 && low < high; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentCdf(middle, df) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
