import { rng } from "../../rng.ts";
import { clusterBootstrap, correlation, type Estimate, meanInterval } from "../../statistics/index.ts";

/** Ranks from 1 on; equal values share the mean of their ranks. */
export function ranksOf(values: ArrayLike<number>): number[] {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length; ) {
    let last = first;
    while (last + 1 < order.length && values[order[last + 1] as number] === values[order[first] as number]) last++;
    for (let i = first; i <= last; i++) ranks[order[i] as number] = (first + last) / 2 + 1;
    first = last + 1;
  }
  return ranks;
}

/** Spearman's rank correlation; 0 where either side does not vary. */
export const spearman = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
  correlation(ranksOf(x), ranksOf(y)) ?? 0;

/** What a method foretells of a subset: the sum of its scores over the subset's examples. */
export function foretell(scores: ArrayLike<number>, subsets: readonly (readonly number[])[]): number[] {
  return subsets.map((subset) => subset.reduce((sum, i) => sum + (scores[i] ?? 0), 0));
}

/**
 * Linear datamodeling score (Park et al. 2023 §2.2): of each query Spearman's correlation of what was foretold of the subsets
 * with what retraining on them came to; then the mean over queries. foretold, actual: by query, one number a subset. Two
 * uncertainties make the interval, of other subsets (bootstrap over retrainings) and of other queries (Student t), their squares added.
 */
export function linearDatamodelingScore(
  foretold: readonly (readonly number[])[],
  actual: readonly (readonly number[])[],
  seed: number,
): Estimate {
  const subsets = Array.from({ length: actual[0]?.length ?? 0 }, (_, i) => i);
  const scoreOn = (places: readonly number[]): number[] =>
    actual.map((outputs, query) =>
      spearman(
        places.map((i) => foretold[query]?.[i] ?? 0),
        places.map((i) => outputs[i] ?? 0),
      ),
    );
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const bySubset = clusterBootstrap(subsets, subsets.map(String), (places) => mean(scoreOn(places)), {
    rng: rng(seed, "attribution", "lds"),
    resamples: 500,
  });
  const byQuery = meanInterval(scoreOn(subsets));
  const { estimate } = byQuery;
  const low = estimate - Math.hypot(estimate - bySubset.low, estimate - byQuery.low);
  const high = estimate + Math.hypot(bySubset.high - estimate, byQuery.high - estimate);
  return { estimate, low: Math.max(-1, low), high: Math.min(1, high), n: actual.length };
}

/**
 * How much came of one unit that was foretold: the slope of what retraining came to over what was foretold, by least squares, the median
 * over queries. 1 where a method says not only the order but how far.
 */
export function slopeOf(
  foretold: readonly (readonly number[])[],
  actual: readonly (readonly number[])[],
): number | undefined {
  const slopes = foretold
    .map((x, query) => {
      const [own, y] = [centre(x), centre(actual[query] ?? [])];
      const squares = own.reduce((sum, value) => sum + value * value, 0);
      return own.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0) / squares;
    })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const middle = slopes.length / 2;
  return slopes.length === 0
    ? undefined
    : ((slopes[Math.ceil(middle) - 1] ?? 0) + (slopes[Math.floor(middle)] ?? 0)) / 2;
}

function centre(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
