import { PreceptError } from "../../errors.ts";
import {
  clusteredMean,
  clusteredRate,
  type Estimated,
  estimated,
  meanInterval,
  wilson,
} from "../../statistics/index.ts";

/** A number with what makes it believable. Ends are null where the data give no interval, and `note` says why. */
export interface Measure {
  readonly estimate: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Items with a verdict. */
  readonly n: number;
  /** Independent groups of items, where items share a template or a request. */
  readonly clusters?: number | undefined;
  /** Items without a verdict, and the share if all of them were false, and true. Rates only. */
  readonly undetermined?:
    | { readonly n: number; readonly ifAllFalse?: number | undefined; readonly ifAllTrue?: number | undefined }
    | undefined;
  /** What is special: "one cluster", "zero variance", "all undetermined". */
  readonly note?: string | undefined;
}

export type Measures = Readonly<Record<string, Measure>>;

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
  const measures: Record<string, Measure> = {};
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
): Measure {
  const found = rows.flatMap((row) => {
    const value = read(row.values);
    return value === null ? [] : [{ value: Number(value), cluster: row.cluster }];
  });
  const missing = rows.length - found.length;
  const total = found.reduce((sum, { value }) => sum + value, 0);
  const bounds =
    missing === 0
      ? {}
      : {
          undetermined: {
            n: missing,
            ...(kind === "rate" ? { ifAllFalse: total / rows.length, ifAllTrue: (total + missing) / rows.length } : {}),
          },
        };
  if (found.length === 0) return { ...noEstimate("all undetermined"), n: 0, ...bounds };
  const values = found.map(({ value }) => value);
  const isClustered = found.some(({ cluster }) => cluster !== undefined);
  const clusters = found.map(({ cluster }, index) => cluster ?? `#${index}`);
  const attempt = estimated(() => interval(values, isClustered ? clusters : undefined, kind));
  return { ...fromEstimated(attempt, values), ...bounds };
}

interface WithEnds {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly clusters?: number | undefined;
}

function interval(values: readonly number[], clusters: readonly string[] | undefined, kind: Metric["kind"]): WithEnds {
  if (kind === "rate") {
    const outcomes = values.map((value) => value === 1);
    if (clusters !== undefined) return clusteredRate(outcomes, clusters);
    return wilson(outcomes.filter(Boolean).length, outcomes.length);
  }
  return clusters === undefined ? meanInterval(values) : clusteredMean(values, clusters);
}

function fromEstimated(attempt: Estimated<WithEnds>, values: readonly number[]): Measure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (attempt.outcome !== "estimated")
    return { estimate: mean, low: null, high: null, n: values.length, note: attempt.reason };
  const { estimate, low, high, n, clusters } = attempt.value;
  const isFlat = values.length > 1 && low === high;
  return {
    estimate,
    low,
    high,
    n,
    clusters,
    ...(isFlat ? { note: "zero variance" } : {}),
  };
}

export function noEstimate(note: string): Pick<Measure, "estimate" | "low" | "high" | "note"> {
  return { estimate: null, low: null, high: null, note };
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
): Measure {
  const means = gradient.map((_, j) => columns.reduce((sum, row) => sum + (row[j] ?? 0), 0) / columns.length);
  const linear = columns.map((row) => gradient.reduce((sum, g, j) => sum + g * ((row[j] ?? 0) - (means[j] ?? 0)), 0));
  const attempt = estimated(() => clusteredMean(linear, clusters));
  const n = columns.length;
  if (attempt.outcome !== "estimated") return { estimate: value, low: null, high: null, n, note: attempt.reason };
  const reach = (attempt.value.high - attempt.value.low) / 2;
  return {
    estimate: value,
    low: Math.max(bounds[0], value - reach),
    high: Math.min(bounds[1], value + reach),
    n,
    clusters: attempt.value.clusters,
    ...(reach === 0 ? { note: "zero variance" } : {}),
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
  readonly about: string;
}

/** One task's values, as statistics need them. */
export interface Scored {
  readonly cluster?: string | undefined;
  readonly groups: Readonly<Record<string, string>>;
  readonly values: Values;
}
