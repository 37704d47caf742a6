import { PreceptError } from "../errors.ts";
import { studentQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { checkFinite, checkSameLength, notEnough } from "./evidence.ts";

/** Two-sided 95 % point of the standard normal. */
export const z95 = 1.959963984540054;

/**
 * Wilson score interval, Wilson 1927: (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), clamped to [0, 1].
 * @throws PreceptError input-invalid unless 0 ≤ successes ≤ n, both whole, and n ≥ 1.
 */
export function wilson(successes: number, n: number, z = z95): Estimate {
  if (!Number.isInteger(n) || !Number.isInteger(successes) || n < 1 || successes < 0 || successes > n) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a Wilson interval",
      found: `${successes} successes of ${n}`,
      expected: "whole numbers with 0 ≤ successes ≤ n and n ≥ 1",
    });
  }
  return { ...wilsonShare(successes / n, n, z), n };
}

/** Wilson's interval of a share of n, which need not be whole: an effective sample size. */
export function wilsonShare(p: number, n: number, z = z95): Omit<Estimate, "n"> {
  const z2 = z * z;
  const centre = p + z2 / (2 * n);
  const margin = z * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n));
  const scale = 1 + z2 / n;
  return {
    estimate: p,
    low: p === 0 ? 0 : Math.max(0, (centre - margin) / scale),
    high: p === 1 ? 1 : Math.min(1, (centre + margin) / scale),
  };
}

/** Share of `true`, with its Wilson interval; undefined where there is nothing to count. */
export function rateOf(outcomes: Iterable<boolean>): Estimate | undefined {
  let n = 0;
  let successes = 0;
  for (const outcome of outcomes) {
    n += 1;
    if (outcome) successes += 1;
  }
  return n === 0 ? undefined : wilson(successes, n);
}

/** @throws PreceptError not-enough-evidence for no values. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) throw notEnough("Computing a mean", "no values", "one value or more");
  let total = 0;
  for (const value of values) total += value;
  return total / values.length;
}

/** Sample standard deviation, denominator n − 1. @throws PreceptError not-enough-evidence for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) {
    throw notEnough("Computing a standard deviation", countValues(values.length), "two values or more");
  }
  const centre = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * Mean ± t(n−1) · s/√n, 95 %. The values must be independent: average the samples of one prompt first.
 * @throws PreceptError not-enough-evidence for fewer than two values; not-finite.
 */
export function meanInterval(values: readonly number[]): Estimate {
  const n = values.length;
  if (n < 2) throw notEnough("Computing the interval of a mean", countValues(n), "two finite values or more");
  checkFinite("Computing the interval of a mean", values);
  const estimate = mean(values);
  if (values.every((value) => value === values[0]))
    return { estimate, low: estimate, high: estimate, n, zeroVariance: true };
  const margin = (studentQuantile(0.975, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { estimate, low: estimate - margin, high: estimate + margin, n };
}

function countValues(n: number): string {
  return n === 0 ? "no values" : "one value";
}

/**
 * Mean of a_i − b_i with its 95 % interval, Student t on the differences (Miller 2024, arXiv 2411.00640, §4).
 * a, b: (N), values of the same items in the same order.
 * @throws PreceptError shape-mismatch when the lengths differ; not-enough-evidence and not-finite as `meanInterval`.
 */
export function pairedDifference(a: readonly number[], b: readonly number[]): Estimate {
  checkSameLength("Computing a paired difference", a, b);
  return meanInterval(a.map((value, i) => value - (b[i] ?? 0)));
}
