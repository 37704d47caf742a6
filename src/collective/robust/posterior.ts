/** A distribution of L = -ln(share) on equal steps from `from` on. */
interface Distribution {
  readonly from: number;
  readonly step: number;
  /** Of the step's middle. (steps) */
  readonly weights: Float64Array;
  /** P(L ≤ edge), from 0 to 1. (steps + 1) */
  readonly cumulative: Float64Array;
}

const STEPS = 240;

/** What is known of the geometric mean of the groups' shares. */
export interface GeometricMean {
  /** (Π (s + 1) / (n + 2))^(1/G). */
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
  /** P(geometric mean ≥ cut-off | votes). */
  readonly probability: number;
}

/**
 * The posterior of the geometric mean over groups of each group's share θ_g. Under a flat prior θ_g | votes ~ Beta(s + 1, n - s + 1)
 * (Bayes 1763; its mean is the smoothed share that Polis multiplies), and groups are independent given their votes, so
 * -ln of the product is a sum of independent variables, whose distribution is convolved numerically. `lower` and `upper` are the
 * quantiles at `tail` and 1 - tail. The G-th root makes two groups and five comparable, where the plain product shrinks.
 */
export function geometricMeanOf(
  groups: readonly { readonly successes: number; readonly trials: number }[],
  cutOff: number,
  tail: number,
): GeometricMean {
  const count = groups.length;
  const each = groups.map(({ successes, trials }) => distributionOf(successes + 1, trials - successes + 1));
  const last = each.pop();
  const others = each.length === 0 ? undefined : each.reduce(convolve);
  const logs = groups.reduce((total, { successes, trials }) => total + Math.log((successes + 1) / (trials + 2)), 0);
  if (last === undefined) return { estimate: 1, lower: 1, upper: 1, probability: 1 };
  const below = (l: number): number => (others === undefined ? cumulativeAt(last, l) : sumAt(others, last, l));
  const most = endOf(last) + (others === undefined ? 0 : endOf(others));
  return {
    estimate: Math.exp(logs / count),
    lower: Math.exp(-invert(below, 1 - tail, most) / count),
    upper: Math.exp(-invert(below, tail, most) / count),
    probability: below(-count * Math.log(cutOff)),
  };
}

/** -ln of Beta(a, b): density ∝ e^(-a L) (1 - e^(-L))^(b - 1), on the steps that hold all but 1e-5 of it. */
function distributionOf(a: number, b: number): Distribution {
  const mode = Math.log((a + b - 1) / a);
  // About the variance of -ln θ, trigamma(a) - trigamma(a + b), from above.
  const deviation = Math.sqrt(b / (a * (a + b)) + 1 / (a * a));
  const from = Math.max(0, mode - 7 * deviation);
  const to = mode + (8 + 5 / a) * deviation;
  const step = (to - from) / STEPS;
  const weights = new Float64Array(STEPS);
  const atMode = mode === 0 ? 0 : -a * mode + (b - 1) * Math.log(-Math.expm1(-mode));
  for (let i = 0; i < STEPS; i++) {
    const l = from + (i + 0.5) * step;
    weights[i] = Math.exp(-a * l + (b - 1) * Math.log(-Math.expm1(-l)) - atMode);
  }
  return tabulateSteps(from, step, weights);
}

/** The sum of two independent variables, again on equal steps. */
function convolve(one: Distribution, other: Distribution): Distribution {
  const from = one.from + other.from;
  const step = (endOf(one) + endOf(other) - from) / STEPS;
  const weights = new Float64Array(STEPS);
  let before = 0;
  for (let i = 0; i < STEPS; i++) {
    const cumulative = sumAt(one, other, from + (i + 1) * step);
    weights[i] = cumulative - before;
    before = cumulative;
  }
  return tabulateSteps(from, step, weights);
}

/** P(one + other ≤ l). */
function sumAt(one: Distribution, other: Distribution, l: number): number {
  let sum = 0;
  for (let i = 0; i < STEPS; i++)
    sum += (one.weights[i] as number) * cumulativeAt(other, l - one.from - (i + 0.5) * one.step);
  return sum;
}

/** P(L ≤ l), straight within a step. */
function cumulativeAt({ from, step, cumulative }: Distribution, l: number): number {
  const place = (l - from) / step;
  if (place <= 0) return 0;
  if (place >= STEPS) return 1;
  const whole = Math.floor(place);
  const low = cumulative[whole] as number;
  return low + (place - whole) * ((cumulative[whole + 1] as number) - low);
}

/** The l at which `below` reaches a share, by halving 0 .. most. */
function invert(below: (l: number) => number, share: number, most: number): number {
  let [low, high] = [0, most];
  for (let halving = 0; halving < 24; halving++) {
    const middle = (low + high) / 2;
    if (below(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function tabulateSteps(from: number, step: number, weights: Float64Array): Distribution {
  const cumulative = new Float64Array(STEPS + 1);
  for (let i = 0; i < STEPS; i++) cumulative[i + 1] = (cumulative[i] as number) + (weights[i] as number);
  const sum = cumulative[STEPS] as number;
  return { from, step, weights: weights.map((weight) => weight / sum), cumulative: cumulative.map((c) => c / sum) };
}

function endOf({ from, step }: Distribution): number {
  return from + STEPS * step;
}
