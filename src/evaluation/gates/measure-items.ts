import { attempt, clusteredMean, clusteredRate, type Estimate, wilson } from "../../statistics/index.ts";
import type { MeasuredItem } from "../compare/pairs.ts";

export interface MeasuredItems {
  /** Undefined where there is none; `why` then says so, as it does where an interval proves nothing. */
  readonly interval: Estimate | undefined;
  readonly why: string;
  readonly isRate: boolean;
  readonly n: number;
  /** Items without a verdict. */
  readonly undetermined: number;
}

/**
 * One metric over items with its 95 % interval. Of a rate, items without a verdict count as false for its lower end and as true
 * for its upper end: the truth is between. A mean has no such bounds, and so no interval with them.
 */
export function measureItems(items: readonly MeasuredItem[], metric: string): MeasuredItems {
  const values = items.map(({ values: own }) => own[metric] ?? null);
  const undetermined = values.filter((value) => value === null).length;
  const isRate = values.every((value) => value === null || typeof value === "boolean");
  const about = { isRate, n: values.length, undetermined };
  if (!isRate && undetermined > 0) {
    return { ...about, interval: undefined, why: `${undetermined} answers without a verdict` };
  }
  const fill = (missing: boolean): (boolean | number)[] => values.map((value) => value ?? missing);
  const low = attempt(() => intervalOf(fill(false), items));
  const high = attempt(() => intervalOf(fill(true), items));
  if (low.outcome !== "estimated" || high.outcome !== "estimated") {
    const why = low.outcome === "estimated" ? "no interval" : low.reason;
    return { ...about, interval: undefined, why };
  }
  const interval: Estimate = { ...low.value, high: high.value.high, n: values.length };
  const isFlat = interval.zeroVariance === true;
  return {
    ...about,
    interval,
    why: isFlat ? "zero variance: nothing varied, so nothing is known of the spread" : "",
  };
}

function intervalOf(values: readonly (boolean | number)[], items: readonly MeasuredItem[]): Estimate {
  const clusters = items.map(({ cluster, id }) => cluster ?? `item ${id}`);
  const isAlone = new Set(clusters).size === clusters.length;
  if (values.every((value) => typeof value === "boolean")) {
    if (isAlone) return wilson(values.filter(Boolean).length, values.length);
    return clusteredRate(values, clusters);
  }
  return clusteredMean(values.map(Number), clusters);
}
