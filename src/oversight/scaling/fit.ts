import { PreceptError } from "../../errors.ts";
import { areGaps, areRates, type GapPoint, logPlaces, mixedKinds, type Point, type RatePoint } from "./points.ts";

/**
 * Shapes of a tendency over z = log x. logistic: log p/(1 − p) = a + bz. power: p = exp(a + bz), at most 1; of a gap ± exp(a + bz).
 */
export const forms = ["logistic", "power"] as const;
export type Form = (typeof forms)[number];

export interface Fit {
  readonly form: Form;
  /** a, where z is counted from `centre`. */
  readonly intercept: number;
  /** b. */
  readonly slope: number;
  readonly centre: number;
  /** Of a gap; 1 for a rate. */
  readonly sign: 1 | -1;
  /** Up to what does not depend on the fit. */
  readonly logLikelihood: number;
  /** Pearson's X² of the points around the fit, and what is left of them beside two parameters. */
  readonly chiSquared: number;
  readonly freedom: number;
}

/** Half a success and half a failure beside every count (Anscombe 1956): a rate of 0 has a finite logit. */
const HALF = 0.5;
const LEAST = 1e-9;
const LARGEST = 30;

type Pair = readonly [intercept: number, slope: number];

/** What a fit says at one place. */
export const evaluateFit = ({ form, intercept, slope, centre, sign }: Fit, x: number): number =>
  sign * meanOf(form, intercept + slope * (Math.log(x) - centre), true);

/** Mean and derivative by the linear predictor. */
function meanOf(form: Form, eta: number, isRate: boolean): number {
  const bounded = Math.max(-LARGEST, Math.min(LARGEST, eta));
  if (form === "logistic") return 1 / (1 + Math.exp(-bounded));
  return isRate ? Math.min(1 - LEAST, Math.exp(bounded)) : Math.exp(bounded);
}

export interface Likelihood {
  readonly value: number;
  readonly gradient: Pair;
  /** Expected information: [aa, ab, bb]. */
  readonly information: readonly [number, number, number];
}

/** What one point adds: to the likelihood, to its derivative by the linear predictor, to the expected information. */
type Term = readonly [value: number, score: number, weight: number];

function sumTerms<P>(
  points: readonly P[],
  z: readonly number[],
  termOf: (point: P, place: number) => Term,
): Likelihood {
  let value = 0;
  const gradient: [number, number] = [0, 0];
  const information: [number, number, number] = [0, 0, 0];
  points.forEach((point, i) => {
    const place = z[i] ?? 0;
    const [own, score, weight] = termOf(point, place);
    value += own;
    gradient[0] += score;
    gradient[1] += score * place;
    information[0] += weight;
    information[1] += weight * place;
    information[2] += weight * place * place;
  });
  return { value, gradient, information };
}

/** Σ y log p + (n − y) log(1 − p), with its gradient by a and b and Fisher's information; z: centred logs of the places. */
export function rateLikelihood(
  points: readonly RatePoint[],
  z: readonly number[],
  form: Form,
  [intercept, slope]: Pair,
): Likelihood {
  return sumTerms(points, z, (point, place) => {
    const [successes, n] = [point.successes + HALF, point.n + 2 * HALF];
    const p = meanOf(form, intercept + slope * place, true);
    const spread = Math.max(LEAST, p * (1 - p));
    const rise = form === "logistic" ? spread : p < 1 - LEAST ? p : 0;
    const value = successes * Math.log(p) + (n - successes) * Math.log1p(-p);
    return [value, (rise * (successes - n * p)) / spread, (n * rise * rise) / spread];
  });
}

/** −½ Σ ((gap − sign · exp(a + bz)) / error)², likewise. */
export function gapLikelihood(
  points: readonly GapPoint[],
  z: readonly number[],
  sign: 1 | -1,
  [intercept, slope]: Pair,
): Likelihood {
  return sumTerms(points, z, ({ value, error }, place) => {
    const mean = sign * meanOf("power", intercept + slope * place, false);
    const variance = Math.max(LEAST, error * error);
    return [-((value - mean) ** 2) / (2 * variance), (mean * (value - mean)) / variance, (mean * mean) / variance];
  });
}

/** Fits one form by maximum likelihood. @throws PreceptError not-enough-evidence for fewer than two sizes. */
export function fitForm(points: readonly Point[], form: Form): Fit {
  const logs = logPlaces(points);
  if (new Set(logs).size < 2) throw tooFewSizes(new Set(logs).size);
  const centre = logs.reduce((sum, log) => sum + log, 0) / logs.length;
  const z = logs.map((log) => log - centre);
  if (areRates(points)) {
    const pooled = points.reduce((sum, { successes }) => sum + successes + HALF, 0);
    const mean = pooled / points.reduce((sum, { n }) => sum + n + 2 * HALF, 0);
    const start = form === "logistic" ? Math.log(mean / (1 - mean)) : Math.log(mean);
    const best = climb((at) => rateLikelihood(points, z, form, at), [start, 0]);
    const fitted = { form, intercept: best.at[0], slope: best.at[1], centre, sign: 1 as const };
    const chiSquared = points.reduce((sum, { successes, n }, i) => {
      const p = meanOf(form, best.at[0] + best.at[1] * (z[i] ?? 0), true);
      return sum + (successes - n * p) ** 2 / Math.max(LEAST, n * p * (1 - p));
    }, 0);
    return { ...fitted, logLikelihood: best.value, chiSquared, freedom: points.length - 2 };
  }
  if (!areGaps(points) || form !== "power") throw mixedKinds();
  const weight = points.map(({ error }) => 1 / Math.max(LEAST, error * error));
  const total = weight.reduce((sum, one) => sum + one, 0);
  const mean = points.reduce((sum, { value }, i) => sum + value * (weight[i] ?? 0), 0) / total;
  const sign = mean < 0 ? -1 : 1;
  const start = Math.log(Math.max(LEAST, Math.abs(mean)));
  const best = climb((at) => gapLikelihood(points, z, sign, at), [start, 0]);
  return {
    ...{ form, intercept: best.at[0], slope: best.at[1], centre, sign, logLikelihood: best.value },
    ...{ chiSquared: -2 * best.value, freedom: points.length - 2 },
  };
}

/** The likelier of the forms that the figure has; of equals the logistic. */
export function fitTendency(points: readonly Point[]): Fit {
  if (!areRates(points)) return fitForm(points, "power");
  const [logistic, power] = [fitForm(points, "logistic"), fitForm(points, "power")];
  return power.logLikelihood > logistic.logLikelihood ? power : logistic;
}

const ROUNDS = 60;
/** Of the log-likelihood: a millionth tells two fits apart no more than it does two forms. */
const SMALL_RISE = 1e-8;

/** Fisher scoring: each step is halved until the likelihood rises, and the last rise is too small to matter. */
function climb(likelihood: (at: Pair) => Likelihood, start: Pair): { readonly at: Pair; readonly value: number } {
  let at = start;
  let here = likelihood(at);
  for (let round = 0; round < ROUNDS; round++) {
    const step = solve(here);
    let share = 1;
    let next: Pair = at;
    let there = here;
    for (; share > 1e-4; share /= 2) {
      next = [at[0] + share * step[0], at[1] + share * step[1]];
      there = likelihood(next);
      if (there.value > here.value) break;
    }
    if (!(there.value > here.value)) break;
    const isTop = there.value - here.value < SMALL_RISE;
    at = next;
    here = there;
    if (isTop) break;
  }
  return { at, value: here.value };
}

/** Information⁻¹ · gradient, with a little added where two places tell no slope. */
function solve({ gradient: [first, second], information: [aa, ab, bb] }: Likelihood): Pair {
  const ridge = 1e-9 * (aa + bb) + 1e-12;
  const determinant = (aa + ridge) * (bb + ridge) - ab * ab;
  return [((bb + ridge) * first - ab * second) / determinant, ((aa + ridge) * second - ab * first) / determinant];
}

function tooFewSizes(found: number): PreceptError {
  return new PreceptError("not-enough-evidence", {
    attempted: "Fitting a tendency over sizes",
    found: found === 1 ? "one size" : `${found} sizes`,
    expected: "two different sizes or more in the fit",
    remedy: "give runs of more sizes",
  });
}
