import type { Tally } from "./counts.ts";

/** One-sided 90 %: what Polis holds for significant. */
export const SIGNIFICANT_Z = 1.2816;

/** (A + 1) / (S + 2), passes in the denominator: the mean of the posterior under a flat prior. */
export function smoothedShare(successes: number, trials: number): number {
  return (successes + 1) / (trials + 2);
}

/** z(s, n) = 2 √(n + 1) ((s + 1) / (n + 1) - 1/2) (Polis math, stats.clj prop-test). 1 for no votes at all: not neutral. */
export function shareZ(successes: number, trials: number): number {
  return 2 * Math.sqrt(trials + 1) * ((successes + 1) / (trials + 1) - 0.5);
}

/**
 * z of the difference of two shares, 1 added to all four counts: (p₁ - p₂) / √(p (1 - p) (1/n₁ + 1/n₂)), 0 where the pooled
 * share p is 1 (Polis math, stats.clj two-prop-test).
 */
export function differenceZ(inside: number, outside: number, insideTrials: number, outsideTrials: number): number {
  const [n1, n2] = [insideTrials + 1, outsideTrials + 1];
  const pooled = (inside + outside + 2) / (n1 + n2);
  if (pooled === 1) return 0;
  return ((inside + 1) / n1 - (outside + 1) / n2) / Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2));
}

/** Π over groups of (A + 1) / (S + 2) (Polis math, group-aware-consensus). Shrinks with the number of groups. */
export function groupAwareConsensus(tallies: readonly Tally[]): number {
  return tallies.reduce((product, { agrees, votes }) => product * smoothedShare(agrees, votes), 1);
}
