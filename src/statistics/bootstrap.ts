import type { Rng } from "../rng.ts";
import type { Estimate } from "./estimate.ts";
import { attempt, checkSameLength, notEnough } from "./evidence.ts";

export interface BootstrapOptions {
  readonly rng: Rng;
  /** Default 2,000. */
  readonly resamples?: number;
  /** Default 0.95. */
  readonly confidence?: number;
}

export interface BootstrapInterval extends Estimate {
  readonly clusters: number;
  /** Resamples on which the statistic had a value. */
  readonly resamples: number;
}

/**
 * Percentile bootstrap over clusters (Efron & Tibshirani 1993, ch. 13): whole clusters are drawn with replacement. A
 * statistic that lacks evidence on a resample is left out there; on more than 5 % of them it has no interval.
 * @throws PreceptError not-enough-evidence for fewer than two clusters, or as the statistic; shape-mismatch.
 */
export function clusterBootstrap<T>(
  items: readonly T[],
  clusters: readonly string[],
  statistic: (items: readonly T[]) => number,
  options: BootstrapOptions,
): BootstrapInterval {
  const { rng, resamples = 2000, confidence = 0.95 } = options;
  const attempted = "Drawing a bootstrap interval";
  checkSameLength(attempted, items, clusters);
  const groups = [...Map.groupBy(items.keys(), (i) => clusters[i] ?? "").values()].map((members) =>
    members.flatMap((i): T[] => items.slice(i, i + 1)),
  );
  if (groups.length < 2) throw notEnough(attempted, groups.length === 0 ? "no items" : "one cluster", "two or more");
  const estimate = statistic(items);
  const drawn: number[] = [];
  for (let i = 0; i < resamples; i++) {
    const sample: T[] = [];
    for (let k = 0; k < groups.length; k++) {
      for (const item of groups[rng.integer(groups.length)] ?? []) sample.push(item);
    }
    const found = attempt(() => statistic(sample));
    if (found.outcome === "estimated" && Number.isFinite(found.value)) drawn.push(found.value);
  }
  if (drawn.length < 0.95 * resamples || !Number.isFinite(estimate)) {
    const found = `a statistic without a value on ${resamples - drawn.length} of ${resamples} resamples`;
    throw notEnough(attempted, found, "a value on 95 % of them");
  }
  drawn.sort((a, b) => a - b);
  const at = (p: number): number => quantile(drawn, p);
  return {
    estimate,
    low: at((1 - confidence) / 2),
    high: at((1 + confidence) / 2),
    n: items.length,
    clusters: groups.length,
    resamples: drawn.length,
  };
}

/** Linear interpolation between order statistics (type 7, as R and numpy do); values must be sorted. */
export function quantile(sorted: readonly number[], p: number): number {
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? 0;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
