import type { Estimate } from "./estimate.ts";
import { checkFinite, checkSameLength, notEnough } from "./evidence.ts";
import { wilson, z95 } from "./intervals.ts";

export interface Agreement {
  readonly n: number;
  /** Share of items with the same label; it says little where one label is common: 74 % can go with kappa 0.06 (`precept bench verify`, XSTest). */
  readonly agreement: Estimate;
  readonly kappa: Estimate;
  readonly standardError: number;
  readonly labels: readonly string[];
  /** table[i][j]: items that the first rater gave labels[i] and the second labels[j]. */
  readonly table: readonly (readonly number[])[];
}

/**
 * Cohen 1960: κ = (p_o − p_e) / (1 − p_e), with the large-sample error of Fleiss, Cohen & Everitt 1969. Where the raters
 * agree on everything that error is 0; the lower end then comes from Wilson's bound of p_o.
 * @throws PreceptError shape-mismatch; not-enough-evidence for no items, or one class (both gave every item one label).
 */
export function cohenKappa(first: readonly string[], second: readonly string[]): Agreement {
  const attempted = "Computing Cohen's kappa";
  checkSameLength(attempted, first, second);
  const n = first.length;
  if (n === 0) throw notEnough(attempted, "no items", "one item or more");
  const labels = [...new Set([...first, ...second])].sort();
  const index = new Map(labels.map((label, i) => [label, i]));
  const table = labels.map(() => labels.map(() => 0));
  for (const [i, label] of first.entries()) {
    const row = table[index.get(label) ?? 0];
    const column = index.get(second[i] ?? "") ?? 0;
    if (row !== undefined) row[column] = (row[column] ?? 0) + 1;
  }
  const rows = table.map((row) => row.reduce((sum, count) => sum + count, 0) / n);
  const columns = labels.map((_, j) => table.reduce((sum, row) => sum + (row[j] ?? 0), 0) / n);
  const same = table.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  const observed = same / n;
  const expected = rows.reduce((sum, share, i) => sum + share * (columns[i] ?? 0), 0);
  if (labels.length < 2) throw notEnough(attempted, "one class", "items of two classes or more");
  const kappa = (observed - expected) / (1 - expected);
  let spread = -((kappa - expected * (1 - kappa)) ** 2);
  for (const [i, row] of table.entries()) {
    for (const [j, count] of row.entries()) {
      const weight =
        i === j
          ? (1 - ((rows[i] ?? 0) + (columns[i] ?? 0)) * (1 - kappa)) ** 2
          : ((1 - kappa) * ((columns[i] ?? 0) + (rows[j] ?? 0))) ** 2;
      spread += (count / n) * weight;
    }
  }
  const standardError = Math.sqrt(Math.max(0, spread) / n) / (1 - expected);
  const agreement = wilson(same, n);
  const low = same === n ? (agreement.low - expected) / (1 - expected) : kappa - z95 * standardError;
  const interval = { estimate: kappa, low: Math.max(-1, low), high: Math.min(1, kappa + z95 * standardError), n };
  return { n, agreement, kappa: interval, standardError, labels, table };
}

/** How far apart two values are: all the same, by rank, or by value. */
export type AlphaMetric = "nominal" | "ordinal" | "interval";

/**
 * Krippendorff 2011: α = 1 − D_o / D_e from the coincidence matrix, for any number of raters and missing ratings.
 * ratings: one row per item, one place per rater, undefined where a rater gave none; items with fewer than two do not count.
 * @throws PreceptError not-enough-evidence for no item rated twice, or one value only; not-finite.
 */
export function krippendorffAlpha(
  ratings: readonly (readonly (string | number | undefined)[])[],
  metric: "nominal",
): number;
export function krippendorffAlpha(ratings: readonly (readonly (number | undefined)[])[], metric: AlphaMetric): number;
export function krippendorffAlpha(
  ratings: readonly (readonly (string | number | undefined)[])[],
  metric: AlphaMetric,
): number {
  const attempted = "Computing Krippendorff's alpha";
  const units = ratings.map((row) => row.filter((value) => value !== undefined)).filter((row) => row.length >= 2);
  if (units.length === 0) throw notEnough(attempted, "no item with two ratings", "items rated twice or more");
  const numbers = units.flat().filter((value) => typeof value === "number");
  checkFinite(attempted, numbers);
  const values = [...new Set(units.flat())].sort((a, b) =>
    typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1,
  );
  if (values.length < 2) throw notEnough(attempted, "one class", "ratings of two values or more");
  const index = new Map(values.map((value, i) => [value, i]));
  const k = values.length;
  const coincidences = new Float64Array(k * k);
  for (const row of units) {
    const places = row.map((value) => index.get(value) ?? 0);
    for (const [a, first] of places.entries()) {
      for (const [b, second] of places.entries()) {
        if (a !== b) coincidences[first * k + second] = (coincidences[first * k + second] ?? 0) + 1 / (row.length - 1);
      }
    }
  }
  return alphaOfCoincidences(values, coincidences, metric);
}

/**
 * α from the coincidence matrix (K, K) of values in rising order; the quick way for resamples.
 * @throws PreceptError not-enough-evidence where fewer than two values occur.
 */
export function alphaOfCoincidences(
  values: readonly (string | number)[],
  coincidences: Float64Array,
  metric: AlphaMetric,
): number {
  const k = values.length;
  const totals = values.map((_, i) => {
    let total = 0;
    for (let j = 0; j < k; j++) total += coincidences[i * k + j] ?? 0;
    return total;
  });
  if (totals.filter((total) => total > 0).length < 2) {
    throw notEnough("Computing Krippendorff's alpha", "one class", "ratings of two values or more");
  }
  const n = totals.reduce((sum, total) => sum + total, 0);
  const distance = squaredDistance(values, totals, metric);
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < k; j++) {
      const squared = distance(i, j);
      observed += (coincidences[i * k + j] ?? 0) * squared;
      expected += ((totals[i] ?? 0) * (totals[j] ?? 0) * squared) / (n - 1);
    }
  }
  return 1 - observed / expected;
}

/** δ²: 1 between different labels; (Σ_{g=c}^{k} n_g − (n_c + n_k)/2)² by rank; (c − k)² by value. */
function squaredDistance(
  values: readonly (string | number)[],
  totals: readonly number[],
  metric: AlphaMetric,
): (i: number, j: number) => number {
  if (metric === "nominal") return (i, j) => (i === j ? 0 : 1);
  if (metric === "interval") return (i, j) => (Number(values[i]) - Number(values[j])) ** 2;
  // Ranks: the middle of each value's place in the sorted ratings.
  let below = 0;
  const ranks = totals.map((total) => {
    below += total;
    return below - total / 2;
  });
  return (i, j) => ((ranks[i] ?? 0) - (ranks[j] ?? 0)) ** 2;
}
