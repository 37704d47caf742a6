import { describe, expect, it } from "vitest";
import { Limiter } from "./limiter.ts";

const limiterAt = (initialConcurrency: number, maxConcurrency = 256) =>
  new Limiter({ initialConcurrency, maxConcurrency });

/** Has the limit in the way at a moment, with nothing in flight afterwards. */
function saturate(limiter: Limiter, now: number): void {
  let started = 0;
  for (; limiter.waitMs(now) === 0; started++) limiter.onStart(now);
  for (; started > 0; started--) limiter.onEnd();
}

/** One answer of 100 ms at a moment in which the limit was in the way. */
function succeed(limiter: Limiter, now: number, latencyMs = 100): void {
  saturate(limiter, now);
  limiter.onSuccess(now, latencyMs, "a", 10);
}

describe("Limiter, step by step", () => {
  it("begins where it is told, at the most where it must end, and takes that many requests", () => {
    expect(limiterAt(8, 5).limit).toBe(5);
    const limiter = limiterAt(3);
    for (let n = 0; n < 3; n++) {
      expect(limiter.waitMs(0)).toBe(0);
      limiter.onStart(0);
    }
    expect([limiter.inFlight, limiter.waitMs(0)]).toEqual([3, Number.POSITIVE_INFINITY]);
    limiter.onEnd();
    expect([limiter.inFlight, limiter.waitMs(0)]).toEqual([2, 0]);
  });

  it("grows by one an answer at first, as long as the limit is in the way, up to the most", () => {
    const idle = limiterAt(8);
    idle.onSuccess(0, 100, "a", 10);
    expect(idle.limit).toBe(8);
    const busy = limiterAt(8, 10);
    const limits = [1, 2, 3, 4].map((now) => {
      succeed(busy, now);
      return busy.limit;
    });
    expect(limits).toEqual([9, 10, 10, 10]);
  });

  it("grows by a twentieth a quiet window, by one at least, after a slow one ended the doubling", () => {
    const grow = (initial: number): number[] => {
      const limiter = limiterAt(initial, 1000);
      const window = (latencyMs: number): void => {
        for (let call = 0; call < Math.max(16, limiter.limit); call++) limiter.onSuccess(0, latencyMs, "a", 10);
      };
      window(100);
      window(1000);
      const seen = [limiter.limit];
      saturate(limiter, 0);
      window(100);
      seen.push(limiter.limit);
      // The limit was not in the way since.
      window(100);
      seen.push(limiter.limit);
      return seen;
    };
    expect(grow(10)).toEqual([8, 9, 9]);
    expect(grow(100)).toEqual([80, 84, 84]);
  });

  it("halves at the first 429 of its doubling, rests a quarter of a second where nothing is said, then paces", () => {
    const limiter = limiterAt(16);
    limiter.onSuccess(0, 100, "a", 10);
    limiter.onLimited(100, 0, undefined);
    expect([limiter.limit, limiter.waitMs(100), limiter.waitMs(349), limiter.waitMs(350)]).toEqual([8, 250, 1, 0]);
    // 100 ms / 8 between starts, bunched by 50 ms at the most: 300 + 5 · 12.5 is beyond 350.
    for (let n = 0; n < 5; n++) {
      expect(limiter.waitMs(350)).toBe(0);
      limiter.onStart(350);
    }
    expect(limiter.waitMs(350)).toBeCloseTo(12.5, 9);
  });

  it("comes back to where the 429 came along a cubic, then ever faster beyond", () => {
    const limiter = limiterAt(16);
    limiter.onSuccess(0, 100, "a", 10);
    limiter.onLimited(100, 0, undefined);
    const limits = new Map<number, number>();
    for (let age = 500; age <= 10_000; age += 500) {
      succeed(limiter, 350 + age);
      limits.set(age, limiter.limit);
    }
    // The endpoint's own limit lies between 16 and 8: 12, from which 8 is a third away; the way back takes 5 s.
    const cubic = (age: number): number => 12 * (1 + (age < 5000 ? 1 / 3 : 0.8) * ((age - 5000) / 5000) ** 3);
    for (const age of [500, 2500, 4500, 5000, 7500, 10_000])
      expect(limits.get(age), `${age}`).toBeCloseTo(cubic(age), 9);
  });

  it("takes longer to come back where answers are slow: 150 of them", () => {
    const limiter = limiterAt(16);
    limiter.onSuccess(0, 1000, "a", 10);
    limiter.onLimited(100, 0, undefined);
    for (let age = 500; age <= 12_500; age += 500) succeed(limiter, 350 + age, 1000);
    expect(limiter.limit).toBeCloseTo(12, 9);
  });

  it("grows back in steps of half a second, and only in the time that the limit is in the way", () => {
    const limiter = limiterAt(16);
    limiter.onSuccess(0, 100, "a", 10);
    limiter.onLimited(100, 0, undefined);
    succeed(limiter, 849);
    expect(limiter.limit).toBe(8);
    succeed(limiter, 850);
    const once = limiter.limit;
    expect(once).toBeGreaterThan(8);
    limiter.onSuccess(5000, 100, "a", 10);
    expect(limiter.limit).toBe(once);
    succeed(limiter, 5500);
    expect(limiter.limit).toBeCloseTo(12 * (1 + (1 / 3) * ((1000 - 5000) / 5000) ** 3), 9);
  });

  it("falls by half as much again as the share that was rejected, by 15 to 50 %", () => {
    const few = limiterAt(16);
    few.onLimited(0, 0, 0);
    few.onLimited(1, 1, 0);
    expect(few.limit).toBeCloseTo(8 * 0.85, 9);
    const many = limiterAt(64);
    many.onLimited(0, 0, 0);
    for (let n = 0; n < 6; n++) many.onLimited(0, -1, 0);
    expect(many.limit).toBe(32);
    many.onLimited(1, 1, 0);
    // Eight in a row: 1 − 0.97^8 of late.
    expect(many.limit).toBeCloseTo(32 * (1 - 1.5 * (1 - 0.97 ** 8)), 9);
    for (let n = 0; n < 200; n++) many.onLimited(1, 0, 0);
    const before = many.limit;
    many.onLimited(2, 2, 0);
    expect(many.limit).toBeCloseTo(before / 2, 9);
  });

  it("lets a rejected request wait alone while few are rejected, and all of them when many are", () => {
    const limiter = limiterAt(64);
    limiter.onLimited(0, 0, 100);
    expect(limiter.waitMs(0)).toBe(100);
    limiter.onLimited(200, 200, 5000);
    expect(limiter.waitMs(200)).toBe(0);
    for (let n = 0; n < 6; n++) limiter.onLimited(200, 0, 5000);
    expect(limiter.waitMs(200)).toBe(5000);
    limiter.onLimited(200, 0, 10);
    expect(limiter.waitMs(200)).toBe(5000);
  });

  it("goes below one request at a time only from one, and no deeper than a twentieth", () => {
    const limiter = limiterAt(2);
    limiter.onLimited(0, 0, 0);
    expect(limiter.limit).toBe(1);
    limiter.onLimited(1, 1, 0);
    expect(limiter.limit).toBeCloseTo(0.85, 9);
    for (let now = 2; now < 60; now++) limiter.onLimited(now, now, 0);
    expect(limiter.limit).toBe(0.05);
    expect(limiter.waitMs(100)).toBe(0);
    limiter.onStart(100);
    expect(limiter.waitMs(100)).toBe(Number.POSITIVE_INFINITY);
  });

  it("rests after eight failures in a row, twice as long with each, for 10 s at most", () => {
    const limiter = limiterAt(8);
    const waits = Array.from({ length: 20 }, () => {
      limiter.onFailure(0);
      return limiter.waitMs(0);
    });
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 6400, ...Array(6).fill(10_000)]);
    limiter.onSuccess(20_000, 100, "a", 10);
    for (let n = 0; n < 7; n++) limiter.onFailure(20_000);
    expect(limiter.waitMs(20_000)).toBe(0);
    limiter.onFailure(20_000);
    expect(limiter.waitMs(20_000)).toBe(100);
  });

  const headers = (what: "requests" | "tokens", limit: number, remaining: number, reset: string) => ({
    [`x-ratelimit-limit-${what}`]: `${limit}`,
    [`x-ratelimit-remaining-${what}`]: `${remaining}`,
    [`x-ratelimit-reset-${what}`]: reset,
  });

  it("paces by a meter that is down to a tenth: what it refills in the time that it takes", () => {
    const limiter = limiterAt(8);
    limiter.onHeaders(1000, headers("requests", 100, 11, "10s"));
    limiter.onStart(1000);
    expect(limiter.waitMs(1000)).toBe(0);
    limiter.onHeaders(1000, headers("requests", 100, 10, "9s"));
    // 90 in 9 s: one every 100 ms, 50 of which may be bunched up.
    limiter.onStart(1000);
    expect(limiter.waitMs(1000)).toBeCloseTo(50, 9);
    limiter.onHeaders(1000, headers("requests", 100, 90, "1s"));
    expect(limiter.waitMs(1000)).toBe(0);
  });

  it("reckons a call's tokens from the answers, the later ones by a twentieth each", () => {
    const limiter = limiterAt(8);
    limiter.onHeaders(0, headers("tokens", 1000, 0, "10s"));
    expect(limiter.waitMs(0)).toBe(10_000);
    const used = limiterAt(8);
    used.onSuccess(0, 100, "a", 100);
    used.onHeaders(0, headers("tokens", 10_000, 100, "10s"));
    expect(used.waitMs(0)).toBe(0);
    used.onSuccess(0, 100, "a", 120);
    used.onHeaders(0, headers("tokens", 10_000, 100, "10s"));
    expect(used.waitMs(0)).toBe(10_000);
    const other = limiterAt(8);
    other.onSuccess(0, 100, "a", 100);
    other.onSuccess(0, 100, "a", 120);
    other.onHeaders(0, headers("tokens", 10_000, 101, "10s"));
    expect(other.waitMs(0)).toBe(0);
  });

  it("waits for a meter that is dry, a minute at most", () => {
    const limiter = limiterAt(8);
    limiter.onHeaders(0, headers("requests", 60, 1, "60s"));
    expect(limiter.waitMs(0)).toBe(0);
    limiter.onHeaders(0, headers("requests", 60, 0, "59s"));
    expect(limiter.waitMs(0)).toBe(59_000);
    const slow = limiterAt(8);
    slow.onHeaders(0, headers("requests", 1, 0, "2h"));
    expect(slow.waitMs(0)).toBe(60_000);
    slow.onStart(60_000);
    expect(slow.waitMs(60_000)).toBeLessThanOrEqual(60_000);
  });
});
