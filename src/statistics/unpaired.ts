import { logGamma } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { wilson } from "./intervals.ts";

/** How many of n independent trials succeeded. */
export interface Trials {
  readonly successes: number;
  readonly n: number;
}

/** Two independent shares beside each other. */
export interface SharesCompared {
  /** Second minus first; n is the smaller of the two. */
  readonly difference: Estimate;
  /** Fisher's exact test, two-sided. */
  readonly pValue: number;
}

/**
 * Two independent shares: the difference with the interval of Newcombe 1998 (Stat. Med. 17, 873), method 10, from Wilson's limits
 * of either, and Fisher's exact test. @throws PreceptError input-invalid for no trials, or counts that are no counts.
 */
export function compareShares(first: Trials, second: Trials): SharesCompared {
  const [a, b] = [wilson(first.successes, first.n), wilson(second.successes, second.n)];
  const estimate = b.estimate - a.estimate;
  const down = Math.hypot(b.estimate - b.low, a.high - a.estimate);
  const up = Math.hypot(b.high - b.estimate, a.estimate - a.low);
  const difference = {
    estimate,
    low: Math.max(-1, estimate - down),
    high: Math.min(1, estimate + up),
    n: Math.min(first.n, second.n),
  };
  return { difference, pValue: fisherExact(first, second) };
}

/** Two-sided: the chance of every table with these margins that is no likelier than the one at hand. */
export function fisherExact(first: Trials, second: Trials): number {
  const successes = first.successes + second.successes;
  const total = first.n + second.n;
  const all = logChoose(total, successes);
  const chanceOf = (x: number): number => Math.exp(logChoose(first.n, x) + logChoose(second.n, successes - x) - all);
  // Tables as likely as this one differ from it in the last digits.
  const own = chanceOf(first.successes) * (1 + 1e-7);
  let sum = 0;
  const most = Math.min(first.n, successes);
  for (let x = Math.max(0, successes - second.n); x <= most; x++) {
    const chance = chanceOf(x);
    if (chance <= own) sum += chance;
  }
  return Math.min(1, sum);
}

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
