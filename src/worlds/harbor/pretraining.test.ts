import { expect, it } from "vitest";
import { type PretrainingPlan, pretrainingDocuments, pretrainingPlans, pretrainingRate } from "./pretraining.ts";

const cycle = { mixture: "broad", steps: 10, peakLearningRate: 1, warmupSteps: 2, flatShare: 0.5 } as const;
const plan: PretrainingPlan = {
  ...pretrainingPlans.smoke,
  steps: 14,
  cycles: [cycle, { ...cycle, mixture: "late", steps: 4, warmupSteps: 0, flatShare: 1 }],
};

it("warms up, stays flat, and falls to 2 % in every cycle of its own", () => {
  const rates = Array.from({ length: 14 }, (_, step) => pretrainingRate(plan, step));
  expect(rates.slice(0, 6)).toEqual([0.5, 1, 1, 1, 1, 1]);
  expect(rates[9]).toBeCloseTo(1 - 0.98 * 0.8, 12);
  expect(rates.slice(10)).toEqual([1, 1, 1, 1]);
  expect(() => pretrainingRate(plan, 14)).toThrow(/no step 14/);
});

it("draws each step's documents from its cycle's mixture", () => {
  const isHearing = ({ kind, spans }: ReturnType<typeof pretrainingDocuments>[number]): boolean =>
    kind === "debate" && spans.length === 6;
  const of = (steps: readonly number[]) => steps.flatMap((step) => pretrainingDocuments(plan, step));
  expect(of([0, 3, 6, 9]).some(isHearing)).toBe(false);
  expect(of([10, 11, 12, 13]).some(isHearing)).toBe(true);
});

it("has cycles that fill each plan", () => {
  for (const { steps, cycles } of Object.values(pretrainingPlans))
    expect(cycles.reduce((sum, own) => sum + own.steps, 0)).toBe(steps);
});
