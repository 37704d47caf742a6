import { expect, test } from "vitest";
import { compareShares, fisherExact } from "./index.ts";

test("Fisher's lady tasting tea: 3 of 4 cups right is p = 34/70 + …, all four 2/70", () => {
  // Tables with margins 4, 4, 4, 4: chances 1, 16, 36, 16, 1 of 70.
  expect(fisherExact({ successes: 3, n: 4 }, { successes: 1, n: 4 })).toBeCloseTo(34 / 70, 10);
  expect(fisherExact({ successes: 4, n: 4 }, { successes: 0, n: 4 })).toBeCloseTo(2 / 70, 10);
  expect(fisherExact({ successes: 2, n: 4 }, { successes: 2, n: 4 })).toBeCloseTo(1, 10);
});

test("the difference has Newcombe's interval: 56 of 70 against 48 of 80, his example (a)", () => {
  // Newcombe 1998, table II, method 10: 0.2000, 0.0524 to 0.3339; here second minus first.
  const { difference } = compareShares({ successes: 48, n: 80 }, { successes: 56, n: 70 });
  expect(difference.estimate).toBeCloseTo(0.2, 10);
  expect(difference.low).toBeCloseTo(0.0524, 4);
  expect(difference.high).toBeCloseTo(0.3339, 4);
});

test("to swap the sides turns the sign, and nothing else; large counts stay exact and fast", () => {
  const [a, b] = [
    { successes: 3, n: 900 },
    { successes: 21, n: 1100 },
  ] as const;
  const [there, back] = [compareShares(a, b), compareShares(b, a)];
  expect(back.difference.low).toBeCloseTo(-there.difference.high, 12);
  expect(back.pValue).toBeCloseTo(there.pValue, 12);
  expect(there.pValue).toBeLessThan(0.05);
  expect(fisherExact({ successes: 50_000, n: 1_000_000 }, { successes: 50_000, n: 1_000_000 })).toBeCloseTo(1, 6);
});
