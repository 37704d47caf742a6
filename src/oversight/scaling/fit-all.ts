import { PreceptError } from "../../errors.ts";
import { mean } from "../../statistics/index.ts";
import { evaluateFit } from "./fit.ts";
import type { FittedTendency, KeptScaling, ScalingAxis } from "./kept.ts";
import { estimateOfTendency, type Point } from "./points.ts";
import { predictLargest } from "./predict.ts";
import { isCounted, type Tendency } from "./size-record.ts";

/** One run at one place of the axis, with all that was measured of it. */
export interface MeasuredRun {
  readonly run: string;
  readonly x: number;
  readonly seed?: number | undefined;
  readonly tendencies: Readonly<Record<string, Tendency>>;
}

export interface FitAllOptions {
  readonly over: ScalingAxis;
  readonly seed: number;
  /** Default: all that the runs have. */
  readonly metrics?: readonly string[] | undefined;
  readonly resamples?: number | undefined;
}

const CURVE = 40;

/**
 * Fits every tendency over the runs and foretells each at the largest place, which the fit does not see.
 * @throws PreceptError not-enough-evidence where none can be fitted; usage for a metric that no run has.
 */
export function fitAll(given: readonly MeasuredRun[], options: FitAllOptions): KeptScaling {
  // Resamples are drawn point by point: the order in which runs are named must not count.
  const runs = given.toSorted((a, b) => a.x - b.x || (a.run < b.run ? -1 : 1));
  const known = [...new Set(runs.flatMap(({ tendencies }) => Object.keys(tendencies)))];
  const { over, metrics = known } = options;
  const stranger = metrics.find((name) => !known.includes(name));
  if (stranger !== undefined) throw unknownMetric(stranger, known);
  const notes: string[] = [];
  const fitted = metrics.flatMap((name) => {
    try {
      return [fitOne(runs, name, options)];
    } catch (error) {
      // One size in all is no sweep: every tendency would say the same.
      if (!(error instanceof PreceptError) || error.code !== "not-enough-evidence" || placesOf(runs) < 3) throw error;
      notes.push(`left out: ${name}, which could be counted at ${error.details.found}; a fit needs three`);
      return [];
    }
  });
  if (fitted.length === 0) throw nothingFitted(notes);
  if (fitted.some(({ points }) => points.filter(({ x }) => x < Math.max(...points.map((one) => one.x))).length < 3))
    notes.push("two smaller points tell nothing of their scatter: such intervals are too narrow");
  const meanOf = (rule: keyof FittedTendency["prediction"]["errors"]): number =>
    mean(fitted.map(({ prediction }) => prediction.errors[rule]));
  return {
    ...{ over, runs: runs.map(({ run }) => run), tendencies: fitted, notes },
    inside: fitted.filter(({ prediction }) => prediction.isInside).length,
    errors: {
      ...{ fit: meanOf("fit"), constant: meanOf("constant") },
      ...{ line: meanOf("line"), "size before": meanOf("size before") },
    },
  };
}

const placesOf = (runs: readonly MeasuredRun[]): number => new Set(runs.map(({ x }) => x)).size;

function fitOne(runs: readonly MeasuredRun[], name: string, { seed, resamples }: FitAllOptions): FittedTendency {
  const measured = runs.flatMap(({ tendencies, ...run }) => {
    const tendency = tendencies[name];
    // Where nothing could be read there is no rate.
    return tendency === undefined || tendency.n === 0 ? [] : [{ ...run, tendency }];
  });
  const points = measured.map(({ x, tendency }): Point => ({ ...tendency, x }));
  const { fit, name: _, ...prediction } = predictLargest(points, { name, seed, resamples });
  const [low, high] = [Math.min(...points.map(({ x }) => x)), prediction.x];
  return {
    name,
    kind: points.every(isCounted) ? "rate" : "gap",
    form: fit.form,
    slope: fit.slope,
    points: measured.map(({ run, x, seed: own, tendency }) => ({
      ...{ run, x, measured: estimateOfTendency(tendency) },
      ...(own !== undefined && { seed: own }),
    })),
    curve: Array.from({ length: CURVE }, (_unused, i): [number, number] => {
      const x = low * (high / low) ** (i / (CURVE - 1));
      return [x, evaluateFit(fit, x)];
    }),
    prediction,
  };
}

function unknownMetric(name: string, known: readonly string[]): PreceptError {
  return new PreceptError("usage", {
    attempted: "Fitting a tendency over sizes",
    found: `--metric ${name}, which no run has measured`,
    expected: known.length === 0 ? "runs that measured something" : `one of ${known.join(", ")}`,
    remedy: "precept evaluate RUN, which measures",
  });
}

function nothingFitted(notes: readonly string[]): PreceptError {
  return new PreceptError("not-enough-evidence", {
    attempted: "Fitting tendencies over sizes",
    found: notes.join("; ") || "no tendency",
    expected: "one that was measured at three sizes or more",
  });
}
