import { PreceptError } from "../../errors.ts";
import {
  attempt,
  clusteredMean,
  clusteredRate,
  type Estimate,
  type Measured,
  meanInterval,
  type NoEstimate,
  wilson,
} from "../../statistics/index.ts";

/** What was measured, by metric. */
export type Measures = Readonly<Record<string, Measured>>;

/** Everything that a benchmark says about one model. */
export interface BenchmarkResult {
  readonly items: number;
  readonly metrics: Measures;
  /** By group key and value, e.g. by.type.homonyms.overRefusal. */
  readonly by: Readonly<Record<string, Readonly<Record<string, Measures>>>>;
}

/**
 * Every metric over all rows and by each group, with its interval: Wilson for rates, Student's t for means, both clustered
 * where rows name clusters; `derived` adds what is no mean. Nothing here is NaN: what cannot be estimated is null with a note.
 * @throws PreceptError not-enough-evidence for no rows at all.
 */
export function summarise(
  rows: readonly Scored[],
  metrics: Readonly<Record<string, Metric>>,
  derive?: (rows: readonly Scored[]) => Measures,
): BenchmarkResult {
  if (rows.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: "Summing up a benchmark",
      found: "no items",
      expected: "one item or more",
      remedy: "check --data and --n",
    });
  }
  const by: Record<string, Record<string, Measures>> = {};
  const keys = new Set(rows.flatMap(({ groups }) => Object.keys(groups)));
  for (const key of keys) {
    const parts = Map.groupBy(
      rows.filter(({ groups }) => groups[key] !== undefined),
      ({ groups }) => groups[key] ?? "",
    );
    by[key] = Object.fromEntries([...parts].map(([value, part]) => [value, measureAll(part, metrics)]));
  }
  return { items: rows.length, metrics: { ...measureAll(rows, metrics), ...derive?.(rows) }, by };
}

function measureAll(rows: readonly Scored[], metrics: Readonly<Record<string, Metric>>): Measures {
  const measures: Record<string, Measured> = {};
  for (const [name, metric] of Object.entries(metrics)) {
    const own = rows.filter(({ values }) => values[name] !== undefined);
    if (own.length > 0) measures[name] = measure(own, (values) => values[name] ?? null, metric.kind);
  }
  return measures;
}

/** One metric over rows to which it applies. */
export function measure(
  rows: readonly Scored[],
  read: (values: Values) => boolean | number | null,
  kind: Metric["kind"],
): Measured {
  const found = rows.flatMap((row) => {
    const value = read(row.values);
    return value === null ? [] : [{ value: Number(value), cluster: row.cluster }];
  });
  const missing = rows.length - found.length;
  const total = found.reduce((sum, { value }) => sum + value, 0);
  const rates = { ifAllFalse: total / rows.length, ifAllTrue: (total + missing) / rows.length };
  const undetermined = missing === 0 ? undefined : { n: missing, ...(kind === "rate" ? rates : {}) };
  if (found.length === 0) return { ...noEstimate("all undetermined"), undetermined };
  const values = found.map(({ value }) => value);
  const isClustered = found.some(({ cluster }) => cluster !== undefined);
  const clusters = found.map(({ cluster }, index) => cluster ?? `#${index}`);
  const estimate = attempt(() => interval(values, isClustered ? clusters : undefined, kind));
  if (estimate.outcome !== "estimated") {
    const n = values.length;
    return { estimate: total / n, low: null, high: null, n, undetermined, note: estimate.reason };
  }
  return { ...flagFlat(estimate.value), undetermined };
}

function interval(values: readonly number[], clusters: readonly string[] | undefined, kind: Metric["kind"]): Estimate {
  if (kind === "rate") {
    const outcomes = values.map((value) => value === 1);
    if (clusters !== undefined) return clusteredRate(outcomes, clusters);
    return wilson(outcomes.filter(Boolean).length, outcomes.length);
  }
  return clusters === undefined ? meanInterval(values) : clusteredMean(values, clusters);
}

function flagFlat({ estimate, low, high, n, clusters }: Estimate): Estimate {
  const isFlat = n > 1 && low === high;
  return { estimate, low, high, n, clusters, ...(isFlat ? { zeroVariance: true } : {}) };
}

/** What was not measured at all, and why. */
export function noEstimate(note: string, n = 0): NoEstimate {
  return { estimate: null, low: null, high: null, n, note };
}

/**
 * A smooth function of column means with its interval by the delta method: the linearised values
 * Σ_j ∂f/∂m_j · (x_ij − m_j) are averaged like any other, clustered where clusters are given.
 * columns: (N, K); gradient: (K) at the means. @throws PreceptError not-enough-evidence for fewer than two clusters.
 */
export function smoothMeasure(
  columns: readonly (readonly number[])[],
  clusters: readonly string[],
  value: number,
  gradient: readonly number[],
  bounds: readonly [number, number],
): Measured {
  const means = gradient.map((_, j) => columns.reduce((sum, row) => sum + (row[j] ?? 0), 0) / columns.length);
  const linear = columns.map((row) => gradient.reduce((sum, g, j) => sum + g * ((row[j] ?? 0) - (means[j] ?? 0)), 0));
  const found = attempt(() => clusteredMean(linear, clusters));
  const n = columns.length;
  if (found.outcome !== "estimated") return { estimate: value, low: null, high: null, n, note: found.reason };
  const reach = (found.value.high - found.value.low) / 2;
  return {
    estimate: value,
    low: Math.max(bounds[0], value - reach),
    high: Math.min(bounds[1], value + reach),
    n,
    clusters: found.value.clusters,
    ...(reach === 0 ? { zeroVariance: true } : {}),
  };
}

/**
 * What one task showed, by metric. A metric that is absent does not apply; null is undetermined: it applies, but there is
 * no verdict (a refusal to choose, an unparsable number, a judge without an answer).
 */
export type Values = Readonly<Record<string, boolean | number | null>>;

export interface Metric {
  /** "rate": true or false, a share with Wilson's interval; "mean": a number with Student's. */
  readonly kind: "rate" | "mean";
  readonly better?: "higher" | "lower";
  /** What it is of an answer that a guard did not deliver. Absent: a guard's effect on it is not measured. */
  readonly ifBlocked?: boolean | undefined;
  readonly about: string;
}

/** One task's values, as statistics need them. */
export interface Scored {
  readonly cluster?: string | undefined;
  readonly groups: Readonly<Record<string, string>>;
  readonly values: Values;
}
