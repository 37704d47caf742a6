import { describe, expect, it } from "vitest";
import { type Rng, rng } from "../../rng.ts";
import { Limiter } from "./limiter.ts";

interface World {
  /** Requests a second, by the second. */
  readonly perSecond?: (second: number) => number;
  readonly burst?: number;
  readonly retryAfterMs?: number | undefined;
  readonly slots?: number;
  readonly mostConcurrent?: number;
  /** Share rejected whatever the load. */
  readonly byChance?: number;
  readonly latencyMs: (random: Rng) => number;
}

interface Second {
  accepted: number;
  rejected: number;
}

/** An endpoint in simulated time, with more to do than it can: everything that the limiter lets through is sent. */
function simulate(limiter: Limiter, seconds: number, world: World): Second[] {
  const random = rng(5, "limiter");
  const counts = Array.from({ length: seconds }, (): Second => ({ accepted: 0, rejected: 0 }));
  const events: { readonly at: number; readonly run: () => void }[] = [];
  let [now, sequence, bucket, filledAt, inFlight] = [0, 0, world.burst ?? 0, 0, 0];
  const queue: (() => void)[] = [];
  let busy = 0;
  const after = (ms: number, run: () => void): void => {
    const at = now + Math.max(0, ms) + 1e-9 * sequence++;
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((events[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    events.splice(low, 0, { at, run });
  };
  let isArmed = false;
  const pump = (): void => {
    for (;;) {
      const wait = limiter.waitMs(now);
      if (wait === 0) send();
      else {
        if (Number.isFinite(wait) && !isArmed) {
          isArmed = true;
          after(Math.max(1, wait), () => {
            isArmed = false;
            pump();
          });
        }
        return;
      }
    }
  };
  const isAdmitted = (): boolean => {
    if (random.next() < (world.byChance ?? 0)) return false;
    if (world.mostConcurrent !== undefined && inFlight >= world.mostConcurrent) return false;
    if (world.perSecond === undefined) return true;
    bucket = Math.min(world.burst ?? 1, bucket + ((now - filledAt) / 1000) * world.perSecond(now / 1000));
    filledAt = now;
    if (bucket < 1) return false;
    bucket--;
    return true;
  };
  const send = (): void => {
    const startedAt = now;
    limiter.onStart(now);
    const finish = (isAccepted: boolean) => (): void => {
      limiter.onEnd();
      const second = counts[Math.floor(now / 1000)];
      if (isAccepted) limiter.onSuccess(now, now - startedAt, "a", 10);
      else limiter.onLimited(now, startedAt, world.retryAfterMs);
      if (second !== undefined) second[isAccepted ? "accepted" : "rejected"]++;
      pump();
    };
    if (!isAdmitted()) {
      after(5, finish(false));
      return;
    }
    inFlight++;
    const work = (): void => {
      after(world.latencyMs(random), () => {
        inFlight--;
        const next = queue.shift();
        if (next === undefined) busy--;
        else next();
        finish(true)();
      });
    };
    if (world.slots !== undefined && busy >= world.slots) queue.push(work);
    else {
      busy++;
      work();
    }
  };
  pump();
  for (let event = events.shift(); event !== undefined && event.at < seconds * 1000; event = events.shift()) {
    now = event.at;
    event.run();
  }
  return counts;
}

const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
const accepted = (list: readonly Second[]): number => mean(list.map((second) => second.accepted));
const rejectedShare = (list: readonly Second[]): number =>
  mean(list.map((second) => second.rejected)) / mean(list.map((second) => second.accepted + second.rejected));
const around = (median: number, sigma: number) => (random: Rng) => median * Math.exp(sigma * random.normal());
const fresh = (maxConcurrency = 256) => new Limiter({ initialConcurrency: 8, maxConcurrency });

describe("Limiter", () => {
  it("fills an endpoint without limits in seconds", () => {
    const counts = simulate(fresh(), 10, { latencyMs: around(200, 0.3) });
    const best = 256 / (0.2 * Math.exp(0.3 ** 2 / 2));
    expect(accepted(counts.slice(3))).toBeGreaterThan(0.97 * best);
  });

  it("does not pile up requests behind a server's slots, and keeps them full", () => {
    const limiter = fresh();
    const counts = simulate(limiter, 40, { slots: 32, latencyMs: around(100, 0.3) });
    const best = 32 / (0.1 * Math.exp(0.3 ** 2 / 2));
    expect(accepted(counts.slice(5))).toBeGreaterThan(0.95 * best);
    expect(limiter.limit).toBeLessThan(100);
  });

  it.each([
    [10, 200, 1000],
    [100, 200, 1000],
    [100, 200, undefined],
    [500, 50, 1000],
  ])("settles under %i requests a second (latency %i ms, Retry-After %s)", (perSecond, latency, retryAfterMs) => {
    const world = { perSecond: () => perSecond, burst: perSecond, retryAfterMs, latencyMs: around(latency, 0.3) };
    const counts = simulate(fresh(), 120, world);
    const settled = counts.slice(30);
    expect(accepted(settled)).toBeGreaterThan(0.9 * perSecond);
    expect(rejectedShare(settled)).toBeLessThan(0.02);
  });

  it("is patient where hardly anything is allowed", () => {
    const world = { perSecond: () => 3, burst: 3, retryAfterMs: 5000, latencyMs: around(500, 0.3) };
    const counts = simulate(fresh(), 300, world);
    expect(accepted(counts.slice(60))).toBeGreaterThan(0.6 * 3);
    expect(rejectedShare(counts.slice(60))).toBeLessThan(0.04);
  });

  it("settles under a bound on concurrency", () => {
    const counts = simulate(fresh(), 120, { mostConcurrent: 20, retryAfterMs: undefined, latencyMs: around(100, 0.3) });
    const best = 20 / (0.1 * Math.exp(0.3 ** 2 / 2));
    const settled = counts.slice(30);
    expect(accepted(settled)).toBeGreaterThan(0.8 * best);
    expect(rejectedShare(settled)).toBeLessThan(0.02);
  });

  it("comes back within 30 s after a storm", () => {
    const world = {
      perSecond: (second: number) => (second > 40 && second < 60 ? 20 : 300),
      burst: 300,
      retryAfterMs: 1000,
      latencyMs: around(100, 0.3),
    };
    const counts = simulate(fresh(), 150, world);
    expect(accepted(counts.slice(45, 60))).toBeGreaterThan(0.85 * 20);
    expect(accepted(counts.slice(90))).toBeGreaterThan(0.9 * 300);
    expect(rejectedShare(counts.slice(90))).toBeLessThan(0.02);
  });

  it("does not starve an endpoint whose answers become longer", () => {
    let calls = 0;
    const latencyMs = (random: Rng): number => around(calls++ < 20_000 ? 150 : 600, 0.2)(random);
    const counts = simulate(fresh(), 60, { latencyMs });
    expect(accepted(counts.slice(50))).toBeGreaterThan((0.8 * 256) / 0.61);
  });

  it.each([0.01, 0.03, 0.06])("is not held up by rejections that come by chance: %f", (byChance) => {
    const counts = simulate(fresh(), 60, { byChance, retryAfterMs: undefined, latencyMs: around(100, 0.3) });
    expect(accepted(counts.slice(40))).toBeGreaterThan(0.5 * (256 / (0.1 * Math.exp(0.3 ** 2 / 2))));
  });

  it("waits as long as it is told to", () => {
    const limiter = fresh();
    limiter.onStart(0);
    limiter.onLimited(100, 0, 7000);
    expect(limiter.waitMs(101)).toBe(6999);
    limiter.onEnd();
    expect(limiter.waitMs(7000)).toBeGreaterThan(0);
    expect(limiter.waitMs(7101)).toBe(0);
  });

  it("never runs a meter dry", () => {
    const limiter = fresh();
    limiter.onHeaders(0, {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "0",
      "x-ratelimit-reset-requests": "6m0s",
    });
    expect(limiter.waitMs(0)).toBe(60_000);
    const careful = fresh();
    careful.onHeaders(0, {
      "x-ratelimit-limit-requests": "60",
      "x-ratelimit-remaining-requests": "5",
      "x-ratelimit-reset-requests": "55s",
    });
    careful.onStart(1000);
    expect(careful.waitMs(1000)).toBeGreaterThan(900);
    expect(careful.waitMs(1000)).toBeLessThanOrEqual(1000);
  });

  it("counts one congestion once", () => {
    const limiter = fresh();
    for (let index = 0; index < 8; index++) limiter.onStart(0);
    limiter.onLimited(100, 0, 0);
    const after = limiter.limit;
    for (let index = 0; index < 7; index++) limiter.onLimited(101 + index, 0, 0);
    expect(limiter.limit).toBe(after);
  });
});
