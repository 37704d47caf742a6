import type { Estimate } from "./estimate.ts";
import { checkFinite, notEnough } from "./evidence.ts";
import { z95 } from "./intervals.ts";

/**
 * P(a positive scores higher than a negative), ties as one half, with the interval of Newcombe 2006 (Stat. Med. 25, 559,
 * method 5): where |θ − AUC| = z √(θ(1−θ)(1 + N(1−θ)/(2−θ) + Nθ/(1+θ)) / mn), N = (m+n)/2 − 1. It never has zero width.
 * @throws PreceptError not-enough-evidence for no positives or no negatives; not-finite.
 */
export function auc(positives: readonly number[], negatives: readonly number[]): Estimate {
  const attempted = "Computing an area under the curve";
  const [m, n] = [positives.length, negatives.length];
  if (m === 0 || n === 0) throw notEnough(attempted, m === 0 ? "no positives" : "no negatives", "one or more of both");
  checkFinite(attempted, [...positives, ...negatives]);
  const sorted = [...negatives].sort((a, b) => a - b);
  let above = 0;
  for (const score of positives) above += (countBelow(sorted, score, false) + countBelow(sorted, score, true)) / 2;
  const estimate = above / (m * n);
  const half = (m + n) / 2 - 1;
  const reach = (theta: number): number =>
    z95 *
    Math.sqrt(
      (theta * (1 - theta) * (1 + (half * (1 - theta)) / (2 - theta) + (half * theta) / (1 + theta))) / (m * n),
    );
  const low = bisect(0, estimate, (theta) => theta + reach(theta) < estimate);
  const high = bisect(estimate, 1, (theta) => theta - reach(theta) < estimate);
  return { estimate, low: estimate === 0 ? 0 : low, high: estimate === 1 ? 1 : high, n: m + n };
}

/** How many values of a sorted list are below `value`, or with `orEqual` not above it. */
function countBelow(sorted: readonly number[], value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const own = sorted[middle] ?? 0;
    if (own < value || (orEqual && own === value)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place between `from` and `to` where `isBefore` ends. */
function bisect(from: number, to: number, isBefore: (at: number) => boolean): number {
  let [low, high] = [from, to];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (isBefore(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
