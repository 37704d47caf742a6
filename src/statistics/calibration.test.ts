import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import { calibration, type Judged } from "./calibration.ts";

const judge = (probability: number, outcome: boolean): Judged => ({ probability, outcome });

describe("calibration", () => {
  it("equal width: by hand", () => {
    // [0, .5): stated .2 (mean of .1, .3), observed 1/2. [.5, 1]: stated .8 (.6, .8, 1), observed 2/3.
    const report = calibration(
      [judge(0.1, false), judge(0.3, true), judge(0.6, false), judge(0.8, true), judge(1, true)],
      { bins: 2 },
    );
    expect(report.n).toBe(5);
    expect(report.equalWidth.bins.map(({ from, to, observed }) => [from, to, observed.n])).toEqual([
      [0, 0.5, 2],
      [0.5, 1, 3],
    ]);
    expect(report.equalWidth.bins[0]?.stated).toBeCloseTo(0.2);
    expect(report.equalWidth.ece).toBeCloseTo((2 / 5) * 0.3 + (3 / 5) * (0.8 - 2 / 3));
    expect(report.brier).toBeCloseTo((0.01 + 0.49 + 0.36 + 0.04 + 0) / 5);
  });

  it("equal mass: sizes differ by one at most, ranges are what lies inside", () => {
    const report = calibration(
      [0.9, 0.91, 0.92, 0.93, 0.94, 0.95, 0.1].map((p) => judge(p, p > 0.5)),
      { bins: 3 },
    );
    const sizes = report.equalMass.bins.map(({ observed }) => observed.n);
    expect(sizes.reduce((a, b) => a + b)).toBe(7);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(report.equalMass.bins[0]?.from).toBe(0.1);
    expect(report.equalMass.bins.at(-1)?.to).toBe(0.95);
  });

  it("is near 0 for honest probabilities and large for overconfident ones", () => {
    const r = rng(5, "calibration");
    const honest: Judged[] = [];
    const overconfident: Judged[] = [];
    for (let i = 0; i < 20_000; i++) {
      const p = r.next();
      const outcome = r.next() < p;
      honest.push(judge(p, outcome));
      overconfident.push(judge(p > 0.5 ? 0.99 : 0.01, outcome));
    }
    expect(calibration(honest).equalMass.ece).toBeLessThan(0.02);
    expect(calibration(honest).equalWidth.ece).toBeLessThan(0.02);
    expect(calibration(overconfident).equalWidth.ece).toBeGreaterThan(0.2);
    expect(calibration(honest).brier).toBeCloseTo(1 / 6, 1);
  });

  it("does not care which response is called the first, nor about order", () => {
    const r = rng(6, "swap");
    const judged = Array.from({ length: 301 }, () => judge(0.013 + 0.97 * r.next(), r.next() < 0.4));
    const swapped = judged.map(({ probability, outcome }) => judge(1 - probability, !outcome)).reverse();
    const a = calibration(judged);
    const b = calibration(swapped);
    expect(a.equalWidth.ece).toBeCloseTo(b.equalWidth.ece, 12);
    expect(a.brier).toBeCloseTo(b.brier, 12);
    const shuffled = calibration(r.shuffle(judged));
    expect(shuffled.equalMass.ece).toBeCloseTo(a.equalMass.ece, 12);
  });

  it("refuses nothing, and probabilities that are none", () => {
    expect(() => calibration([])).toThrowError(expect.objectContaining({ code: "input-invalid" }));
    expect(() => calibration([judge(1.2, true)])).toThrowError(expect.objectContaining({ code: "input-invalid" }));
    expect(() => calibration([judge(Number.NaN, true)])).toThrowError(
      expect.objectContaining({ code: "input-invalid" }),
    );
  });
});
