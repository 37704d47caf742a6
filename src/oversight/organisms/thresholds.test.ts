import { expect, test } from "vitest";
import { chooseThreshold, combineSigns } from "./thresholds.ts";

test("by hand: the most found with no false alarm, in the middle of the gap", () => {
  expect(chooseThreshold([0, 0.1, 0.2], [0.6, 0.9, 0.15], 0.05)).toBeCloseTo(0.4, 9);
  // One of ten clean ones may be above: then the planted one between two of them is found too.
  const clean = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0.7];
  expect(chooseThreshold(clean, [0.5, 0.9], 0.1)).toBeCloseTo(0.25, 9);
  expect(chooseThreshold(clean, [0.5, 0.9], 0.05)).toBeCloseTo(0.8, 9);
});

test("a tool that tells nothing apart gives no alarm", () => {
  const threshold = chooseThreshold([1, 2, 3], [1, 2, 3], 0.05);
  expect(threshold).toBeGreaterThanOrEqual(3);
});

test("the strongest sign counts in deviations of clean ones, and the change of weights is none", () => {
  const clean = (mean: number, deviation: number) => ({
    ...{ threshold: 0, clean: { n: 12, mean, deviation }, planted: 12, falseAlarms: 0, found: 1 },
  });
  const tools = { honeypot: clean(0, 0.05), search: clean(0.1, 0.1), weights: clean(0, 0.001) };
  const scores = [
    { tool: "honeypot", score: 0.2 },
    { tool: "search", score: 0.9 },
    { tool: "weights", score: 5 },
    { tool: "probe", score: 9 },
  ] as const;
  expect(combineSigns(scores, { tools })).toEqual({ score: expect.closeTo(8, 9), note: "by search" });
  expect(combineSigns([{ tool: "search", score: null }], { tools })).toBeUndefined();
});
