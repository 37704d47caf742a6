import { expect, test } from "vitest";
import { RateLimit } from "./limits.ts";

test("a burst goes through, then so many per minute, each key for itself", () => {
  let now = 0;
  const limit = new RateLimit(60, 3, () => now);
  expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([0, 0, 0, 1]);
  expect(limit.take("b")).toBe(0);
  now = 999;
  expect(limit.take("a")).toBe(1);
  now = 2000;
  expect([1, 2, 3].map(() => limit.take("a"))).toEqual([0, 0, 1]);
  now = 1e9;
  expect([1, 2, 3, 4].map(() => limit.take("a"))).toEqual([0, 0, 0, 1]);
});

test("nothing goes through where nothing may", () => {
  const limit = new RateLimit(0, 0, () => 0);
  expect(limit.take("a")).toBeGreaterThan(0);
});
