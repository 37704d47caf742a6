import { PreceptError } from "../errors.ts";

/** ln Γ(x) for x > 0; Lanczos, g = 7, nine terms, relative error about 1e-15. */
export function logGamma(x: number): number {
  const [first = 0, ...rest] = lanczos;
  let sum = first;
  for (const [i, c] of rest.entries()) sum += c / (x + i);
  const base = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return (front * fraction) / a;
}

/** P(T ≤ t) of Student's t with df degrees of freedom: 1 − ½ I_{df/(df+t²)}(df/2, ½) for t ≥ 0. */
export function studentCdf(t: number, df: number): number {
  const tail = 0.5 * incompleteBeta(df / (df + t * t), df / 2, 0.5);
  return t >= 0 ? 1 - tail : tail;
}

/**
 * The t with P(T ≤ t) = p, by bisection of `studentCdf` to machine precision.
 * @throws PreceptError input-invalid unless 0 < p < 1 and df > 0.
 */
export function studentQuantile(p: number, df: number): number {
  checkQuantile("Student's t", p, df);
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let high = 1;
  while (studentCdf(high, df) < p && high < 1e15) high *= 2;
  return invert((t) => studentCdf(t, df), p, 0, high);
}

/**
 * The x with I_x(a, b) = p, by bisection: quantile of the beta distribution.
 * @throws PreceptError input-invalid unless 0 < p < 1 and a, b > 0.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  checkQuantile("the beta distribution", p, Math.min(a, b));
  return invert((x) => incompleteBeta(x, a, b), p, 0, 1);
}

/** P(Z ≤ z) of the standard normal: ½ Q(½, z²/2) below 0, by the incomplete gamma function. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z < 0 ? tail : 1 - tail;
}

/**
 * The z with P(Z ≤ z) = p, by bisection of `normalCdf` to machine precision.
 * @throws PreceptError input-invalid unless 0 < p < 1.
 */
export function normalQuantile(p: number): number {
  checkQuantile("the standard normal", p, 1);
  return p > 0.5 ? -normalQuantile(1 - p) : invert(normalCdf, p, -40, 0);
}

/** Q(a, x) = Γ(a, x) / Γ(a): series below x = a + 1, Lentz's continued fraction above (DLMF 8.11.4, 8.9.2). */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const front = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n <= 10_000 && term > sum * 1e-17; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return Math.max(0, 1 - front * sum);
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n <= 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / away(an * d + b);
    c = away(b + an / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return front * fraction;
}

/** Lentz's guard: a denominator is never 0. */
function away(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/** Where a rising function passes p, between low and high, to the last bit. */
function invert(cdf: (x: number) => number, p: number, low: number, high: number): number {
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (cdf(middle) < p) low = middle;
    else high = middle;
  }
}

function checkQuantile(name: string, p: number, parameter: number): void {
  if (p > 0 && p < 1 && parameter > 0) return;
  throw new PreceptError("input-invalid", {
    attempted: `Computing a quantile of ${name}`,
    found: `p = ${p}, parameter ${parameter}`,
    expected: "0 < p < 1 and a parameter above 0",
  });
}
