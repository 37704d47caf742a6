import { expect, test } from "vitest";
import type { TrainingExample } from "./examples.ts";
import { meanOfStrongerHalf, sumByPrinciple } from "./principles.ts";

const exampleOf = (principle: string, i: number): TrainingExample => ({
  ...{ id: `${principle}-${i}`, source: "revision", prompt: "p", completion: "c", weight: 1 },
  ...{ principles: [principle], critiques: [], missing: [] },
});

test("the stronger half, by hand: of an odd number the middle is in it", () => {
  expect(meanOfStrongerHalf([1, -9, 5, 3])).toBe(4);
  expect(meanOfStrongerHalf([1, 5, 3])).toBe(4);
  expect(meanOfStrongerHalf([-2])).toBe(-2);
  expect(meanOfStrongerHalf([])).toBe(0);
});

test("principles come by the stronger half of their examples: neither one that pushed down nor their number moves the order", () => {
  const examples = [
    ...[0, 1, 2, 3].map((i) => exampleOf("few", i)),
    ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => exampleOf("many", i)),
  ];
  const ekfac = Float64Array.of(4, 4, 0, -50, 3, 3, 3, 3, 1, 1, 1, 1);
  const [first, second] = sumByPrinciple(examples, { ekfac }, { method: "ekfac", seed: 1 });
  expect(first).toMatchObject({
    principleId: "few",
    examples: 4,
    byMethod: { ekfac: { strongerHalf: 4, rank: 1, sum: -42 } },
  });
  expect(second).toMatchObject({ principleId: "many", byMethod: { ekfac: { strongerHalf: 3, mean: 2, rank: 2 } } });
});
