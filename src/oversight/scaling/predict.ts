import { PreceptError } from "../../errors.ts";
import { type Rng, rng } from "../../rng.ts";
import { type Estimate, mean, quantile } from "../../statistics/index.ts";
import { drawChiSquared, drawCount } from "./draws.ts";
import { evaluateFit, type Fit, fitTendency } from "./fit.ts";
import { estimateOfTendency, figureOf, logPlaces, type Point, poolTendencies } from "./points.ts";
import { isCounted } from "./size-record.ts";

/** What a rule that does not think would have foretold. */
export const baselines = ["constant", "line", "size before"] as const;
export type Baseline = (typeof baselines)[number];

/** The largest size, foretold from the smaller ones. */
export interface Prediction {
  readonly name: string;
  readonly fit: Fit;
  /** The held-out place. */
  readonly x: number;
  readonly predicted: number;
  /** 95 % of what would be measured there: fit, scatter beyond the counts, and sampling. */
  readonly low: number;
  readonly high: number;
  readonly observed: Estimate;
  readonly isInside: boolean;
  /** |predicted − observed| of the fit and of each baseline. */
  readonly errors: Readonly<Record<"fit" | Baseline, number>>;
  /** Of Pearson's X² for each degree of freedom, at least 1. */
  readonly dispersion: number;
}

export interface PredictOptions {
  readonly name: string;
  readonly seed: number;
  /** Default 2,000. */
  readonly resamples?: number | undefined;
}

/**
 * Leaves the largest place out of the fit and foretells it. The interval is a parametric bootstrap: of each resample the scatter is
 * drawn from what the residuals leave uncertain (X²/χ²), the points are drawn, fitted anew, and what is measured at the largest
 * place is drawn too. @throws PreceptError not-enough-evidence for fewer than three places.
 */
export function predictLargest(points: readonly Point[], { name, seed, resamples = 2000 }: PredictOptions): Prediction {
  const places = new Set(logPlaces(points)).size;
  if (places < 3) throw tooFewPlaces(places);
  const x = Math.max(...points.map((point) => point.x));
  const smaller = points.filter((point) => point.x < x);
  const largest = points.filter((point) => point.x === x);
  const fit = fitTendency(smaller);
  const predicted = evaluateFit(fit, x);
  const random = rng(seed, "scaling-prediction", name);
  const drawn = Array.from({ length: resamples }, () => {
    const dispersion = drawDispersion(random, fit);
    const again = fitTendency(smaller.map((point) => drawPoint(random, point, fit, dispersion)));
    const measured = largest.map((point) => drawPoint(random, point, again, dispersion));
    return figureOf(poolTendencies(measured));
  }).sort((a, b) => a - b);
  const observed = estimateOfTendency(poolTendencies(largest));
  const [low, high] = [quantile(drawn, 0.025), quantile(drawn, 0.975)];
  const errorOf = (value: number): number => Math.abs(value - observed.estimate);
  const dumb = foretellDumbly(smaller, x);
  return {
    ...{ name, fit, x, predicted, low, high, observed },
    isInside: low <= observed.estimate && observed.estimate <= high,
    errors: {
      fit: errorOf(predicted),
      constant: errorOf(dumb.constant),
      line: errorOf(dumb.line),
      "size before": errorOf(dumb["size before"]),
    },
    dispersion: fit.freedom > 0 ? Math.max(1, fit.chiSquared / fit.freedom) : 1,
  };
}

/** Two points tell nothing of their scatter: then it is taken to be the counts' own. */
const drawDispersion = (random: Rng, { chiSquared, freedom }: Fit): number =>
  freedom > 0 ? Math.max(1, chiSquared / drawChiSquared(random, freedom)) : 1;

function drawPoint(random: Rng, point: Point, fit: Fit, dispersion: number): Point {
  const mean = evaluateFit(fit, point.x);
  if (isCounted(point)) return { ...point, successes: drawCount(random, point.n, mean, dispersion) };
  return { ...point, value: mean + random.normal() * point.error * Math.sqrt(dispersion) };
}

/** The mean of the smaller sizes; a straight line over log x by least squares; the next smaller size as it is. */
export function foretellDumbly(smaller: readonly Point[], x: number): Readonly<Record<Baseline, number>> {
  const z = logPlaces(smaller);
  const values = smaller.map(figureOf);
  const [zMean, vMean] = [mean(z), mean(values)];
  const spread = z.reduce((sum, one) => sum + (one - zMean) ** 2, 0);
  const slope = z.reduce((sum, one, i) => sum + (one - zMean) * ((values[i] ?? 0) - vMean), 0) / spread;
  const next = Math.max(...smaller.map((point) => point.x));
  return {
    constant: vMean,
    line: vMean + slope * (Math.log(x) - zMean),
    "size before": mean(smaller.filter((point) => point.x === next).map(figureOf)),
  };
}

function tooFewPlaces(found: number): PreceptError {
  return new PreceptError("not-enough-evidence", {
    attempted: "Foretelling the largest size",
    found: found === 1 ? "one size" : found === 0 ? "no size" : `${found} sizes`,
    expected: "three different sizes or more: two to fit, and the largest to be foretold",
    remedy: "give runs of more sizes; precept scaling sweep makes five",
  });
}
