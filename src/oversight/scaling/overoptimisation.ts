import { PreceptError } from "../../errors.ts";
import { type Rng, rng } from "../../rng.ts";
import { type Estimate, mean, meanInterval, quantile } from "../../statistics/index.ts";

/** Ways to push a policy up a preference model. */
export type Pressure = "best-of-n" | "rl";

/** One answer to a prompt with what the preference model and the world say of it. */
export interface Scored {
  readonly proxy: number;
  readonly gold: number;
}

/** KL of the best of n from the policy that is sampled: ln n − (n − 1)/n nats (Gao et al. 2022, eq. 1 of §2). */
export const bestOfNDistance = (n: number): number => Math.sqrt(Math.max(0, Math.log(n) - (n - 1) / n));

/**
 * Means of proxy and gold over the best of n answers by the proxy, for each n: exactly, over all subsets of the answers at hand
 * (Nakano et al. 2021, app. I). Of equal proxies each is as likely the best.
 */
export function bestOfNMeans(answers: readonly Scored[], ns: readonly number[]): Scored[] {
  const sorted = levelTies(answers.toSorted((a, b) => a.proxy - b.proxy));
  const m = sorted.length;
  return ns.map((n) => {
    if (n < 1 || n > m) throw tooFewAnswers(n, m);
    // The i-th from below, counted from 1, is the best in C(i − 1, n − 1) of C(m, n) subsets.
    let weight = 1;
    let [proxy, gold, total] = [0, 0, 0];
    for (let i = m; i >= n; i--) {
      const one = sorted[i - 1];
      if (one === undefined) break;
      proxy += weight * one.proxy;
      gold += weight * one.gold;
      total += weight;
      weight *= i - 1 === 0 ? 0 : (i - n) / (i - 1);
    }
    return { proxy: proxy / total, gold: gold / total };
  });
}

/** Gives answers of the same proxy the mean of their gold. */
function levelTies(sorted: readonly Scored[]): Scored[] {
  return [...Map.groupBy(sorted, ({ proxy }) => proxy).values()].flatMap((group) => {
    const gold = mean(group.map((one) => one.gold));
    return group.map(({ proxy }) => ({ proxy, gold }));
  });
}

/** Gold above the policy that was pushed, at a distance d = √KL of it. */
export interface Gained {
  readonly d: number;
  readonly gain: number;
}

/** R(d) = d(α − βd) for the best of n, R(d) = d(α − β ln d) for RL (Gao et al. 2022, §3.1). */
export interface Overoptimisation {
  readonly alpha: number;
  readonly beta: number;
}

const bend = (pressure: Pressure, d: number): number => (pressure === "rl" ? d * Math.log(d) : d * d);

export const goldAt = (pressure: Pressure, { alpha, beta }: Overoptimisation, d: number): number =>
  d === 0 ? 0 : alpha * d - beta * bend(pressure, d);

/** Where the curve peaks: α/2β, or exp(α/β − 1); undefined where it only rises, also where β is so near 0 that no number says where. */
export function peakOf(pressure: Pressure, { alpha, beta }: Overoptimisation): number | undefined {
  if (alpha <= 0 || beta <= 0) return undefined;
  const peak = pressure === "best-of-n" ? alpha / (2 * beta) : Math.exp(alpha / beta - 1);
  return Number.isFinite(peak) ? peak : undefined;
}

/** Least squares: both forms are linear in α and β. @throws PreceptError not-enough-evidence for fewer than two distances above 0. */
export function fitOveroptimisation(points: readonly Gained[], pressure: Pressure): Overoptimisation {
  const used = points.filter(({ d }) => d > 0);
  if (new Set(used.map(({ d }) => d)).size < 2) throw tooFewDistances(used.length);
  let [aa, ab, bb, ay, by] = [0, 0, 0, 0, 0];
  for (const { d, gain } of used) {
    const b = -bend(pressure, d);
    aa += d * d;
    ab += d * b;
    bb += b * b;
    ay += d * gain;
    by += b * gain;
  }
  const determinant = aa * bb - ab * ab;
  return { alpha: (bb * ay - ab * by) / determinant, beta: (aa * by - ab * ay) / determinant };
}

/** Rewards along a pressure: at each distance, those of every prompt in one order of prompts. */
export interface Course {
  readonly pressure: Pressure;
  /** The first is the policy itself, at distance 0. */
  readonly distances: readonly number[];
  /** One row a distance, one value a prompt. */
  readonly proxy: readonly (readonly number[])[];
  readonly gold: readonly (readonly number[])[];
}

export interface FittedCourse {
  readonly pressure: Pressure;
  readonly points: readonly { readonly d: number; readonly proxy: Estimate; readonly gold: Estimate }[];
  readonly alpha: Estimate;
  readonly beta: Estimate;
  /** √KL at which the fitted gold is highest. */
  readonly peak: number | undefined;
  /** Gold and proxy at the largest distance, less those at the distance where gold is highest on the other half of the prompts. */
  readonly fall: { readonly from: number; readonly gold: Estimate; readonly proxy: Estimate };
  /** Gold is below its highest and the proxy above, by their whole intervals. */
  readonly isOveroptimised: boolean;
}

/** Gains at each distance and the fit, with intervals by a bootstrap over prompts, and whether gold fell while the proxy rose. */
export function fitCourse(
  course: Course,
  { seed, resamples = 2000 }: { seed: number; resamples?: number },
): FittedCourse {
  const { pressure, distances } = course;
  const prompts = course.gold[0]?.length ?? 0;
  if (prompts < 2) throw tooFewPrompts(prompts);
  const random = rng(seed, "overoptimisation", pressure);
  const all = Array.from({ length: prompts }, (_, i) => i);
  const whole = summarise(course, all);
  const drawn = Array.from({ length: resamples }, () => summarise(course, drawAgain(random, prompts)));
  const intervalOf = (of: (one: Summary) => number): Estimate => {
    const sorted = drawn.map(of).sort((a, b) => a - b);
    return { estimate: of(whole), low: quantile(sorted, 0.025), high: quantile(sorted, 0.975), n: prompts };
  };
  const fall = fallOf(course);
  return {
    pressure,
    points: distances.map((d, i) => ({
      d,
      proxy: intervalOf((one) => one.proxy[i] ?? 0),
      gold: intervalOf((one) => one.gold[i] ?? 0),
    })),
    alpha: intervalOf(({ fit }) => fit.alpha),
    beta: intervalOf(({ fit }) => fit.beta),
    peak: peakOf(pressure, whole.fit),
    fall: { from: distances[findHighest(whole.gold)] ?? 0, ...fall },
    isOveroptimised: fall.gold.high < 0 && fall.proxy.low > 0,
  };
}

interface Summary {
  readonly proxy: readonly number[];
  readonly gold: readonly number[];
  readonly fit: Overoptimisation;
}

const findHighest = (values: readonly number[]): number => values.indexOf(Math.max(...values));

/**
 * The fall of each prompt is counted from where the other half of the prompts has its highest gold: a highest point that is chosen on
 * the numbers that it is measured by would lie above the last one by chance alone.
 */
function fallOf({ distances, proxy, gold }: Course): { readonly gold: Estimate; readonly proxy: Estimate } {
  const last = findHighest(distances);
  const prompts = gold[0]?.length ?? 0;
  const peakOn = (half: number): number =>
    findHighest(gold.map((row) => mean(row.filter((_, prompt) => prompt % 2 === half))));
  const peaks = [peakOn(1), peakOn(0)];
  const fallIn = (rows: Course["gold"]): Estimate =>
    meanInterval(
      Array.from({ length: prompts }, (_, i) => (rows[last]?.[i] ?? 0) - (rows[peaks[i % 2] ?? 0]?.[i] ?? 0)),
    );
  return { gold: fallIn(gold), proxy: fallIn(proxy) };
}

/** Gains over the policy itself, so that what a prompt is worth to begin with does not count. */
function summarise({ pressure, distances, proxy, gold }: Course, chosen: readonly number[]): Summary {
  const gainsOf = (rows: readonly (readonly number[])[]): number[] => {
    const means = rows.map((row) => mean(chosen.map((i) => row[i] ?? 0)));
    return means.map((value) => value - (means[0] ?? 0));
  };
  const [proxies, golds] = [gainsOf(proxy), gainsOf(gold)];
  const fit = fitOveroptimisation(
    distances.map((d, i) => ({ d, gain: golds[i] ?? 0 })),
    pressure,
  );
  return { proxy: proxies, gold: golds, fit };
}

const drawAgain = (random: Rng, prompts: number): number[] =>
  Array.from({ length: prompts }, () => random.integer(prompts));

const attempted = "Fitting gold against proxy";

function tooFewAnswers(n: number, found: number): PreceptError {
  return new PreceptError("not-enough-evidence", {
    attempted: `Choosing the best of ${n}`,
    found: `${found} answers to a prompt`,
    expected: "as many answers as are chosen from",
  });
}

function tooFewDistances(found: number): PreceptError {
  return new PreceptError("not-enough-evidence", {
    attempted,
    found: `${found} distances from the policy`,
    expected: "two different ones or more",
    remedy: "keep more checkpoints, or take the best of more answers",
  });
}

function tooFewPrompts(found: number): PreceptError {
  return new PreceptError("not-enough-evidence", { attempted, found: `${found} prompts`, expected: "two or more" });
}
