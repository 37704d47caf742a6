import { PreceptError } from "../../errors.ts";
import { type Estimate, wilson, z95 } from "../../statistics/index.ts";
import { type Counted, type Gap, isCounted, type Tendency } from "./size-record.ts";

/** A tendency as it was measured at one place of the axis. */
export type Point<T extends Tendency = Tendency> = T & {
  /** Parameters, tokens, operations or steps of RL: above 0. */
  readonly x: number;
};

export type RatePoint = Point<Counted>;
export type GapPoint = Point<Gap>;

export const areRates = (points: readonly Point[]): points is readonly RatePoint[] => points.every(isCounted);
export const areGaps = (points: readonly Point[]): points is readonly GapPoint[] =>
  points.every((point) => !isCounted(point));

/** The rate, or the gap. */
export const figureOf = (tendency: Tendency): number =>
  isCounted(tendency) ? tendency.successes / tendency.n : tendency.value;

/** … with its 95 % interval: Wilson's of a rate, the normal one of a gap. */
export function estimateOfTendency(tendency: Tendency): Estimate {
  if (isCounted(tendency)) return wilson(tendency.successes, tendency.n);
  const { value, error, n } = tendency;
  return { estimate: value, low: value - z95 * error, high: value + z95 * error, n };
}

/** Several measurements of one thing as one: counts added up, gaps averaged alike. */
export function poolTendencies(tendencies: readonly Tendency[]): Tendency {
  const counted = tendencies.filter(isCounted);
  if (counted.length === tendencies.length) {
    const sum = (of: (one: Counted) => number): number => counted.reduce((total, one) => total + of(one), 0);
    return { successes: sum(({ successes }) => successes), n: sum(({ n }) => n) };
  }
  const gaps = tendencies.filter((one): one is Gap => !isCounted(one));
  if (gaps.length < tendencies.length) throw mixedKinds();
  const k = gaps.length;
  return {
    value: gaps.reduce((total, { value }) => total + value, 0) / k,
    error: Math.sqrt(gaps.reduce((total, { error }) => total + error * error, 0)) / k,
    n: gaps.reduce((total, { n }) => total + n, 0),
  };
}

export function mixedKinds(): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: "Fitting a tendency over sizes",
    found: "counted rates and other figures under one name",
    expected: "the same kind of figure at every size",
  });
}

/** Natural logarithms of the axis. @throws PreceptError input-invalid for a place that has none. */
export function logPlaces(points: readonly { readonly x: number }[]): number[] {
  return points.map(({ x }) => {
    if (x > 0 && Number.isFinite(x)) return Math.log(x);
    throw new PreceptError("input-invalid", {
      attempted: "Fitting a tendency over sizes",
      found: `a size of ${x}`,
      expected: "sizes above 0",
    });
  });
}
