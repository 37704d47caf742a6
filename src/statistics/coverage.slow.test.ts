import { expect, it } from "vitest";
import { coverage, experiments } from "./coverage.test-support.ts";

it.each(experiments)("holds the truth in 94 to 96 of 100 draws: %s", (name, truth, draw) => {
  const covered = coverage(name, truth, draw);
  console.info(`${name}: ${(100 * covered).toFixed(2)} %`);
  expect(covered).toBeGreaterThanOrEqual(0.94);
  expect(covered).toBeLessThanOrEqual(0.96);
});
