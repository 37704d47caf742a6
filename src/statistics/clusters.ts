import { studentQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";
import { checkFinite, checkSameLength, notEnough } from "./evidence.ts";
import { mean, wilsonShare } from "./intervals.ts";

/** A mean whose items come in clusters: n items, of which only the clusters are independent. */
export interface ClusteredMean extends Estimate {
  readonly clusters: number;
  readonly standardError: number;
  /** Clustered over naive variance: how many items count as one. */
  readonly designEffect: number;
}

/** 1 + (m − 1)ρ: the variance of a mean over clusters of m with correlation ρ, against that of independent items. */
export function designEffect(clusterSize: number, correlation: number): number {
  return 1 + (clusterSize - 1) * correlation;
}

/**
 * Mean ± t(C−1) · SE, SE² = C/(C−1) · (1/n²) Σ_c (Σ_{i∈c} (x_i − x̄))² (Miller 2024, §2.2, with the
 * factor that makes clusters of one item the plain interval). values, clusters: (N).
 * @throws PreceptError not-enough-evidence for fewer than two clusters; shape-mismatch; not-finite.
 */
export function clusteredMean(values: readonly number[], clusters: readonly string[]): ClusteredMean {
  const attempted = "Computing a mean over clusters";
  checkSameLength(attempted, values, clusters);
  checkFinite(attempted, values);
  const groups = new Set(clusters).size;
  if (groups < 2) throw notEnough(attempted, groups === 0 ? "no values" : "one cluster", "two clusters or more");
  const n = values.length;
  const centre = mean(values);
  const sums = new Map<string, number>();
  let squares = 0;
  for (const [i, value] of values.entries()) {
    const key = clusters[i] ?? "";
    sums.set(key, (sums.get(key) ?? 0) + value - centre);
    squares += (value - centre) ** 2;
  }
  let between = 0;
  for (const sum of sums.values()) between += sum * sum;
  const variance = ((groups / (groups - 1)) * between) / (n * n);
  const naive = squares / (n * (n - 1));
  const standardError = Math.sqrt(variance);
  const margin = studentQuantile(0.975, groups - 1) * standardError;
  return {
    estimate: centre,
    low: centre - margin,
    high: centre + margin,
    n,
    clusters: groups,
    standardError,
    designEffect: naive === 0 ? 1 : variance / naive,
    ...(values.every((value) => value === values[0]) ? { zeroVariance: true } : {}),
  };
}

/** A proportion whose items come in clusters. */
export interface ClusteredRate extends Estimate {
  readonly clusters: number;
  readonly designEffect: number;
}

/**
 * Wilson interval with the effective size n / max(1, design effect) and t(C−1) for z (Dean & Pagano 2015, "modified
 * Wilson"): stays in [0, 1] and has a width at 0 and at n, where the clusters count as the items.
 * @throws PreceptError as `clusteredMean`.
 */
export function clusteredRate(outcomes: readonly boolean[], clusters: readonly string[]): ClusteredRate {
  const found = clusteredMean(outcomes.map(Number), clusters);
  const { estimate, n, clusters: groups } = found;
  const isExtreme = estimate === 0 || estimate === 1;
  const effect = isExtreme ? n / groups : Math.max(1, found.designEffect);
  const { low, high } = wilsonShare(estimate, n / effect, studentQuantile(0.975, groups - 1));
  return { estimate, low, high, n, clusters: groups, designEffect: effect };
}

/** Mean of each cluster, in the order in which clusters first occur: repeated samples of one prompt become one value. */
export function clusterMeans(
  values: readonly number[],
  clusters: readonly string[],
): { readonly cluster: string; readonly mean: number }[] {
  checkSameLength("Averaging within clusters", values, clusters);
  const groups = Map.groupBy(values.keys(), (i) => clusters[i] ?? "");
  return [...groups].map(([cluster, members]) => ({ cluster, mean: mean(members.map((i) => values[i] ?? 0)) }));
}
