import { describe, expect, it } from "vitest";
import { evaluateFit, fitForm, fitTendency, gapLikelihood, rateLikelihood } from "./fit.ts";
import type { GapPoint, RatePoint } from "./points.ts";

const sizes = [1e5, 2e5, 4e5, 8e5];
const ratesOf = (rate: (x: number) => number, n = 1e6): RatePoint[] =>
  sizes.map((x) => ({ x, successes: Math.round(n * rate(x)), n }));
const logistic = (x: number): number => 1 / (1 + Math.exp(-(0.4 - 1.3 * Math.log(x / 3e5))));
const power = (x: number): number => 0.3 * (x / 1e5) ** -0.6;

describe("fitForm", () => {
  it("finds the curve that counts without noise were taken from", () => {
    for (const [form, rate] of [
      ["logistic", logistic],
      ["power", power],
    ] as const) {
      const fit = fitForm(ratesOf(rate), form);
      for (const x of [1e5, 8e5, 1.6e6]) expect(evaluateFit(fit, x)).toBeCloseTo(rate(x), 4);
    }
  });

  it("goes through two points exactly, as the odds of hand say", () => {
    // Halves beside the counts: 30.5 of 101 and 60.5 of 101.
    const fit = fitForm(
      [
        { x: 1, successes: 30, n: 100 },
        { x: Math.E, successes: 60, n: 100 },
      ],
      "logistic",
    );
    const logit = (successes: number): number => Math.log(successes / (101 - successes));
    expect(fit.slope).toBeCloseTo(logit(60.5) - logit(30.5), 6);
    expect(evaluateFit(fit, 1)).toBeCloseTo(30.5 / 101, 6);
  });

  it("agrees with a published logistic regression: beetles and carbon disulphide (Bliss 1935; Dobson 2002, table 7.3)", () => {
    const doses = [1.6907, 1.7242, 1.7552, 1.7842, 1.8113, 1.8369, 1.861, 1.8839];
    const killed = [6, 13, 18, 28, 52, 53, 61, 60];
    const exposed = [59, 60, 62, 56, 63, 59, 62, 60];
    // A thousand of each insect, so that the half beside a count does not matter.
    const points = doses.map((dose, i) => ({ x: Math.exp(dose), successes: killed[i]! * 1000, n: exposed[i]! * 1000 }));
    const fit = fitForm(points, "logistic");
    expect(fit.slope).toBeCloseTo(34.27, 2);
    expect(fit.intercept - fit.slope * fit.centre).toBeCloseTo(-60.72, 1);
  });

  it("says the same whatever the unit of the axis and the order of the points", () => {
    const points = ratesOf(logistic, 300);
    const [fit, other] = [
      fitTendency(points),
      fitTendency(points.toReversed().map((point) => ({ ...point, x: point.x / 1e6 }))),
    ];
    expect(other.slope).toBeCloseTo(fit.slope, 8);
    expect(evaluateFit(other, 1.6)).toBeCloseTo(evaluateFit(fit, 1.6e6), 8);
  });

  it("has a finite fit where nothing ever happened, and where it always did", () => {
    for (const successes of [0, 200]) {
      const fit = fitTendency(sizes.map((x) => ({ x, successes, n: 200 })));
      expect(evaluateFit(fit, 1.6e6)).toBeCloseTo(successes / 200, 2);
    }
  });

  it("fits a gap of either sign", () => {
    for (const sign of [1, -1]) {
      const points: GapPoint[] = sizes.map((x) => ({ x, value: sign * power(x), error: 0.01, n: 200 }));
      expect(evaluateFit(fitTendency(points), 1.6e6)).toBeCloseTo(sign * power(1.6e6), 6);
    }
  });

  it("refuses one size, and counts beside other figures", () => {
    expect(() => fitForm([{ x: 1e5, successes: 3, n: 9 }], "logistic")).toThrow(/one size/);
    const mixed = [
      { x: 1e5, successes: 3, n: 9 },
      { x: 2e5, value: 0.2, error: 0.1, n: 9 },
    ];
    expect(() => fitTendency(mixed)).toThrow(/counted rates and other figures/);
  });
});

describe("likelihoods", () => {
  const z = [-1, -0.3, 0.4, 0.9];
  const at = [-0.7, 0.35] as const;
  const step = 1e-6;

  const checkGradient = (value: (at: readonly [number, number]) => number, gradient: readonly number[]): void => {
    const [a, b] = at;
    expect((value([a + step, b]) - value([a - step, b])) / (2 * step)).toBeCloseTo(gradient[0]!, 4);
    expect((value([a, b + step]) - value([a, b - step])) / (2 * step)).toBeCloseTo(gradient[1]!, 4);
  };

  it("have the gradients that finite differences find", () => {
    const rates = [12, 20, 41, 77].map((successes, i) => ({ x: sizes[i]!, successes, n: 120 }));
    for (const form of ["logistic", "power"] as const) {
      const of = (where: readonly [number, number]) => rateLikelihood(rates, z, form, where);
      checkGradient((where) => of(where).value, of(at).gradient);
    }
    const gaps = [-0.2, -0.3, -0.35, -0.5].map((value, i) => ({ x: sizes[i]!, value, error: 0.05, n: 100 }));
    const of = (where: readonly [number, number]) => gapLikelihood(gaps, z, -1, where);
    checkGradient((where) => of(where).value, of(at).gradient);
  });

  it("are at their top where the fit is", () => {
    const points = ratesOf(logistic, 150);
    const fit = fitForm(points, "logistic");
    const places = sizes.map((x) => Math.log(x) - fit.centre);
    const { gradient } = rateLikelihood(points, places, "logistic", [fit.intercept, fit.slope]);
    for (const side of gradient) expect(Math.abs(side)).toBeLessThan(1e-3);
  });
});
