import { type ClusteredMean, clusteredMean, clusterMeans } from "./clusters.ts";
import { studentCdf } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { checkSameLength, notEnough } from "./evidence.ts";
import { z95 } from "./intervals.ts";

/** Two sides on the same items, true or false each. */
export interface McNemar {
  readonly n: number;
  readonly bothTrue: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Two-sided exact: min(1, 2 P(X ≤ min(b, c))), X ~ Bin(b + c, ½); 1 without discordant pairs. */
  readonly pValue: number;
  /** First minus second, Bonett & Price 2012: one success is added to either discordant count, so it has a width always. */
  readonly difference: Estimate;
}

/**
 * McNemar's exact test on discordant pairs, with an interval of the difference of the two shares.
 * @throws PreceptError shape-mismatch; not-enough-evidence for no pairs.
 */
export function mcnemar(first: readonly boolean[], second: readonly boolean[]): McNemar {
  const attempted = "Comparing two sides pair by pair";
  checkSameLength(attempted, first, second);
  const n = first.length;
  if (n === 0) throw notEnough(attempted, "no pairs", "one pair or more");
  let [bothTrue, onlyFirst, onlySecond] = [0, 0, 0];
  for (const [i, value] of first.entries()) {
    if (value && second[i] === true) bothTrue += 1;
    else if (value) onlyFirst += 1;
    else if (second[i] === true) onlySecond += 1;
  }
  const counts = { n, bothTrue, onlyFirst, onlySecond, neither: n - bothTrue - onlyFirst - onlySecond };
  const pValue = signTest(onlyFirst, onlySecond);
  return { ...counts, pValue, difference: bonettPrice(onlyFirst, onlySecond, n) };
}

/** Two-sided exact sign test: min(1, 2 P(X ≤ min(a, b))), X ~ Bin(a + b, ½), summed in the order of rising terms. */
export function signTest(a: number, b: number): number {
  const n = a + b;
  const k = Math.min(a, b);
  // log C(n, i) − n log 2, from i = 0 upwards.
  let logTerm = -n * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log(n - i + 1) - Math.log(i);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}

/** (b − c)/n with p̃ = (count + 1)/(n + 2): p̃b − p̃c ± z √((p̃b + p̃c − (p̃b − p̃c)²)/(n + 2)); clamped to [−1, 1]. */
function bonettPrice(onlyFirst: number, onlySecond: number, n: number): Estimate {
  const b = (onlyFirst + 1) / (n + 2);
  const c = (onlySecond + 1) / (n + 2);
  const margin = z95 * Math.sqrt((b + c - (b - c) ** 2) / (n + 2));
  return {
    estimate: (onlyFirst - onlySecond) / n,
    low: Math.max(-1, b - c - margin),
    high: Math.min(1, b - c + margin),
    n,
  };
}

/** A paired difference with its two-sided p-value. */
export interface PairedTest {
  readonly difference: ClusteredMean;
  /** Student's t over the clusters; where the differences do not vary, the exact sign test over them. */
  readonly pValue: number;
}

/**
 * Mean of a_i − b_i, its interval and p-value; every item is a cluster of its own unless `clusters` says otherwise.
 * @throws PreceptError shape-mismatch; not-finite; not-enough-evidence for fewer than two items or clusters.
 */
export function pairedTest(a: readonly number[], b: readonly number[], clusters?: readonly string[]): PairedTest {
  checkSameLength("Computing a paired difference", a, b);
  const differences = a.map((value, i) => value - (b[i] ?? 0));
  const groups = clusters ?? differences.map((_, i) => String(i));
  const difference = clusteredMean(differences, groups);
  const { estimate, standardError, clusters: count } = difference;
  if (standardError > 0) return { difference, pValue: 2 * studentCdf(-Math.abs(estimate / standardError), count - 1) };
  const means = clusterMeans(differences, groups).map((group) => group.mean);
  const above = means.filter((value) => value > 0).length;
  return { difference, pValue: signTest(above, means.filter((value) => value < 0).length) };
}
