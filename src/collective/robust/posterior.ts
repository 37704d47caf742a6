/** A distribution of L = -ln(share): mass at the middles of equal steps, which begin at `from`. Sums to 1. */
interface Distribution {
  readonly from: number;
  readonly mass: Float64Array;
}

/** Steps of all groups together: the cost of a posterior grows with their square, its error shrinks with it. */
const STEPS = 320;

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
 * -ln of the product is a sum of independent variables, whose distribution is convolved numerically (to 1e-3). `lower` and `upper` are the
 * quantiles at `tail` and 1 - tail. The G-th root makes two groups and five comparable, where the plain product shrinks.
 */
export function geometricMeanOf(
  groups: readonly { readonly successes: number; readonly trials: number }[],
  cutOff: number,
  tail: number,
): GeometricMean {
  const count = groups.length;
  const shares = groups.map(({ successes, trials }) => ({ a: successes + 1, b: trials - successes + 1 }));
  const supports = shares.map(supportOf);
  const step = supports.reduce((sum, { from, to }) => sum + to - from, 0) / STEPS;
  const sum = shares
    .map((share, group) => discretise(share, supports[group] as Support, step))
    .reduce((one, other) => convolve(one, other, step));
  const logs = shares.reduce((total, { a, b }) => total + Math.log(a / (a + b)), 0);
  return {
    estimate: Math.exp(logs / count),
    lower: Math.exp(-quantileOf(sum, 1 - tail, step) / count),
    upper: Math.exp(-quantileOf(sum, tail, step) / count),
    probability: cumulativeAt(sum, -count * Math.log(cutOff), step),
  };
}

interface Beta {
  readonly a: number;
  readonly b: number;
}

interface Support {
  readonly from: number;
  readonly to: number;
}

/** Where -ln of Beta(a, b) lies but for 1e-5 of it. */
function supportOf({ a, b }: Beta): Support {
  const mode = Math.log((a + b - 1) / a);
  // About the variance of -ln θ, trigamma(a) - trigamma(a + b), from above.
  const deviation = Math.sqrt(b / (a * (a + b)) + 1 / (a * a));
  return { from: Math.max(0, mode - 7 * deviation), to: mode + (8 + 5 / a) * deviation };
}

/** -ln of Beta(a, b): density ∝ e^(-a L) (1 - e^(-L))^(b - 1), at the middles of the steps. */
function discretise({ a, b }: Beta, { from, to }: Support, step: number): Distribution {
  const steps = Math.max(Math.ceil((to - from) / step), 1);
  const mode = Math.log((a + b - 1) / a);
  const atMode = mode === 0 ? 0 : -a * mode + (b - 1) * Math.log(-Math.expm1(-mode));
  const mass = new Float64Array(steps);
  let sum = 0;
  for (let i = 0; i < steps; i++) {
    const l = from + (i + 0.5) * step;
    const density = Math.exp(-a * l + (b - 1) * Math.log(-Math.expm1(-l)) - atMode);
    mass[i] = density;
    sum += density;
  }
  // A group so well known that one step holds it, far from the step's middle.
  if (sum === 0) return { from, mass: Float64Array.of(1) };
  for (let i = 0; i < steps; i++) mass[i] = (mass[i] as number) / sum;
  return { from, mass };
}

/** The sum of two independent variables: of two middles of steps, one step's edge, so the sum begins half a step later. */
function convolve(one: Distribution, other: Distribution, step: number): Distribution {
  const mass = new Float64Array(one.mass.length + other.mass.length - 1);
  for (let i = 0; i < one.mass.length; i++) {
    const weight = one.mass[i] as number;
    for (let j = 0; j < other.mass.length; j++)
      mass[i + j] = (mass[i + j] as number) + weight * (other.mass[j] as number);
  }
  return { from: one.from + other.from + step / 2, mass };
}

/** P(L ≤ l), straight within a step. */
function cumulativeAt({ from, mass }: Distribution, l: number, step: number): number {
  const place = (l - from) / step;
  if (place <= 0) return 0;
  const whole = Math.min(Math.floor(place), mass.length);
  let sum = 0;
  for (let i = 0; i < whole; i++) sum += mass[i] as number;
  return Math.min(sum + (place - whole) * (mass[whole] ?? 0), 1);
}

/** The l at which P(L ≤ l) is a share. */
function quantileOf({ from, mass }: Distribution, share: number, step: number): number {
  let sum = 0;
  for (let i = 0; i < mass.length; i++) {
    const weight = mass[i] as number;
    if (sum + weight >= share) return from + (i + (share - sum) / weight) * step;
    sum += weight;
  }
  return from + mass.length * step;
}
