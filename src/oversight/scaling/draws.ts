import type { Rng } from "../../rng.ts";

/** A gamma variable of this shape and scale 1, Marsaglia & Tsang 2000. */
export function drawGamma(random: Rng, shape: number): number {
  if (shape < 1) return drawGamma(random, shape + 1) * (1 - random.next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.next()) < (x * x) / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** χ² with so many degrees of freedom. */
export const drawChiSquared = (random: Rng, freedom: number): number => 2 * drawGamma(random, freedom / 2);

/** Successes of n, of mean n·p, whose variance is `dispersion` times the binomial one (beta-binomial above 1). */
export function drawCount(random: Rng, n: number, p: number, dispersion: number): number {
  const correlation = n < 2 ? 0 : Math.min(0.99, (Math.max(1, dispersion) - 1) / (n - 1));
  const size = correlation === 0 ? undefined : (1 - correlation) / correlation;
  const rate = size === undefined ? p : drawBeta(random, p * size, (1 - p) * size);
  let successes = 0;
  for (let i = 0; i < n; i++) if (random.next() < rate) successes += 1;
  return successes;
}

function drawBeta(random: Rng, a: number, b: number): number {
  const [first, second] = [drawGamma(random, a), drawGamma(random, b)];
  // Shapes far below 1 can both round to 0.
  return first + second === 0 ? Number(random.next() < a / (a + b)) : first / (first + second);
}
