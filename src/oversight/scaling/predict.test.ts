import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { drawChiSquared, drawCount } from "./draws.ts";
import type { RatePoint } from "./points.ts";
import { foretellDumbly, predictLargest } from "./predict.ts";

const sizes = [1e5, 2e5, 4e5, 8e5, 1.6e6];
const logistic = (x: number): number => 1 / (1 + Math.exp(-(0.2 - 0.9 * Math.log(x / 4e5))));

function drawPoints(seed: number, dispersion: number): RatePoint[] {
  const random = rng(seed, "points");
  return sizes.map((x) => ({ x, n: 200, successes: drawCount(random, 200, logistic(x), dispersion) }));
}

describe("predictLargest", () => {
  it("foretells the largest size of a curve, and never sees it", () => {
    const points = drawPoints(3, 1);
    const found = predictLargest(points, { name: "a", seed: 1, resamples: 400 });
    const changed = points.map((point) => (point.x === 1.6e6 ? { ...point, successes: 199 } : point));
    const other = predictLargest(changed, { name: "a", seed: 1, resamples: 400 });
    expect([other.predicted, other.low, other.high]).toEqual([found.predicted, found.low, found.high]);
    expect(found.isInside).toBe(true);
    expect(other.isInside).toBe(false);
  });

  it.each([1, 6])(
    "covers what is measured about as often as it says, with scatter of %d times the counts' own",
    (scatter) => {
      const trials = 120;
      let inside = 0;
      for (let seed = 0; seed < trials; seed++) {
        if (predictLargest(drawPoints(seed, scatter), { name: "a", seed, resamples: 200 }).isInside) inside += 1;
      }
      // Of 120 at 95 %: fewer than 104 has a chance of one in ten thousand.
      expect(inside).toBeGreaterThanOrEqual(104);
    },
  );

  it("is wider where the points scatter more", () => {
    const width = (scatter: number): number => {
      const widths = [1, 2, 3, 4, 5].map((seed) => {
        const { low, high } = predictLargest(drawPoints(seed, scatter), { name: "a", seed, resamples: 200 });
        return high - low;
      });
      return widths.reduce((sum, one) => sum + one, 0);
    };
    expect(width(12)).toBeGreaterThan(width(1));
  });

  it("refuses a sweep of one size, and of two", () => {
    const [first, second] = drawPoints(1, 1);
    expect(() => predictLargest([first!], { name: "a", seed: 1 })).toThrow(/one size/);
    expect(() => predictLargest([first!, second!], { name: "a", seed: 1 })).toThrow(/three different sizes/);
  });
});

describe("foretellDumbly", () => {
  it("is the mean, the line by hand, and the size before", () => {
    const points = [0.5, 0.4, 0.2].map((value, i) => ({ x: Math.E ** i, value, error: 0.1, n: 10 }));
    // Slope: Σ(z − 1)(v − mean)/Σ(z − 1)² = (−1 · 0.5 + 1 · 0.2)/2 = −0.15; at z = 3: 1.1/3 − 0.3.
    const found = foretellDumbly(points, Math.E ** 3);
    expect(found.constant).toBeCloseTo(1.1 / 3, 10);
    expect(found.line).toBeCloseTo(1.1 / 3 - 0.3, 10);
    expect(found["size before"]).toBe(0.2);
  });
});

describe("draws", () => {
  it("have the mean and the variance that they say", () => {
    const random = rng(5, "draws");
    const spread = (values: readonly number[]): readonly [number, number] => {
      const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
      return [mean, values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1)];
    };
    const [mean, variance] = spread(Array.from({ length: 20_000 }, () => drawChiSquared(random, 3)));
    expect(mean).toBeCloseTo(3, 1);
    expect(variance / 6).toBeCloseTo(1, 1);
    const [count, scatter] = spread(Array.from({ length: 8000 }, () => drawCount(random, 100, 0.3, 4)));
    expect(count / 30).toBeCloseTo(1, 1);
    expect(scatter / (4 * 21)).toBeCloseTo(1, 1);
  });
});
