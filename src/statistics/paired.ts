import { type ClusteredMean, clusteredMean, clusterMeans } from "./clusters.ts";
import { studentCdf, studentQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { checkSameLength, notEnough } from "./evidence.ts";
import { wilsonShare } from "./intervals.ts";

/** Two sides on the same items, true or false each. */
export interface McNemar {
  readonly n: number;
  readonly bothTrue: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** Two-sided exact: min(1, 2 P(X ≤ min(b, c))), X ~ Bin(b + c, ½); 1 without discordant pairs. */
  readonly pValue: number;
  /** First minus second, by `newcombePaired`. */
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
  return { ...counts, pValue, difference: newcombePaired(counts) };
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

/** How pairs fell: both true, only the first, only the second, neither. Counts need not be whole: an effective sample size. */
export type PairCounts = Pick<McNemar, "n" | "bothTrue" | "onlyFirst" | "onlySecond" | "neither">;

/**
 * The difference of two paired proportions, Newcombe 1998 (Stat. Med. 17, 2635), method 10: Wilson's limits of either share,
 * squared and added with the correlation φ of the pairs, a positive one corrected for continuity. It never has zero width.
 */
export function newcombePaired({ n, bothTrue, onlyFirst, onlySecond, neither }: PairCounts): Estimate {
  const first = wilsonShare((bothTrue + onlyFirst) / n, n);
  const second = wilsonShare((bothTrue + onlySecond) / n, n);
  const margins = (bothTrue + onlyFirst) * (onlySecond + neither) * (bothTrue + onlySecond) * (onlyFirst + neither);
  const cross = bothTrue * neither - onlyFirst * onlySecond;
  const phi = margins === 0 ? 0 : (cross > 0 ? Math.max(cross - n / 2, 0) : cross) / Math.sqrt(margins);
  const reach = (a: number, b: number): number => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  const estimate = (onlyFirst - onlySecond) / n;
  return {
    estimate,
    low: Math.max(-1, estimate - reach(first.estimate - first.low, second.high - second.estimate)),
    high: Math.min(1, estimate + reach(first.high - first.estimate, second.estimate - second.low)),
    n,
  };
}

/** The two-sided p of Student's t that belongs to a 95 % interval of a mean of n values; 1 where the values did not vary. */
export function pValueOfInterval({ estimate, low, high, n, clusters }: Estimate): number {
  const freedom = (clusters ?? n) - 1;
  const standardError = (high - low) / (2 * studentQuantile(0.975, freedom));
  return standardError > 0 ? 2 * studentCdf(-Math.abs(estimate / standardError), freedom) : 1;
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
