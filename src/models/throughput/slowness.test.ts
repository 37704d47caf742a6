import { describe, expect, it } from "vitest";
import { Slowness } from "./slowness.ts";

/** The verdicts on windows of 16 calls, each of one latency; only the last call of a window may say anything. */
function judgeWindows(slowness: Slowness, latencies: readonly number[], limit: () => number, kind = "a") {
  return latencies.map((latencyMs) => {
    const said = Array.from({ length: 16 }, () => slowness.judge(kind, latencyMs, limit()));
    expect(said.slice(0, -1).every((verdict) => verdict === undefined)).toBe(true);
    return said.at(-1);
  });
}

describe("Slowness", () => {
  it("says nothing before a window is complete: as many calls as the limit where it began, and 16 at least", () => {
    const slowness = new Slowness();
    expect(judgeWindows(slowness, [100, 100], () => 4)).toEqual(["fine", "fine"]);
    const wide = Array.from({ length: 40 }, () => slowness.judge("a", 100, 20));
    expect(wide.flatMap((verdict, at) => (verdict === undefined ? [] : [at]))).toEqual([19, 39]);
  });

  it("judges the mean of a window: fine up to twice the lowest and 10 ms, slow beyond", () => {
    const fine = new Slowness();
    expect(judgeWindows(fine, [100, 210, 210], () => 8)).toEqual(["fine", "fine", "fine"]);
    const slow = new Slowness();
    expect(judgeWindows(slow, [100, 211], () => 8)).toEqual(["fine", 6.4]);
    const mixed = new Slowness();
    judgeWindows(mixed, [100], () => 8);
    const said = Array.from({ length: 16 }, (_, at) => mixed.judge("a", at % 2 === 0 ? 20 : 300, 8));
    expect(said.at(-1)).toBe("fine");
  });

  it("compares calls of one kind only", () => {
    const slowness = new Slowness();
    judgeWindows(slowness, [100], () => 8, "short");
    expect(judgeWindows(slowness, [1000], () => 8, "long")).toEqual(["fine"]);
    expect(judgeWindows(slowness, [1000], () => 8, "short")).toEqual([6.4]);
  });

  it("lets the window after a cut pass, cuts again, and takes slowness that half the limit does not mend for how it is", () => {
    const slowness = new Slowness();
    let limit = 16;
    const seen: (number | string | undefined)[] = [];
    judgeWindows(slowness, [100], () => limit);
    for (let turn = 0; turn < 9; turn++) {
      const [verdict] = judgeWindows(slowness, [1000], () => limit);
      if (typeof verdict === "number") limit = verdict;
      seen.push(verdict);
    }
    // 0.8, a window that settles, 0.8 …: below a half of 16 the latency is what it is now, and 16 is given back.
    expect(seen.map((one) => (typeof one === "number" ? Number(one.toFixed(3)) : one))).toEqual([
      12.8, 12.8, 10.24, 10.24, 8.192, 8.192, 6.554, 6.554, 16,
    ]);
    expect(judgeWindows(slowness, [1000], () => limit)).toEqual(["fine"]);
  });

  it("keeps the lower limit where it did help", () => {
    const slowness = new Slowness();
    let limit = 16;
    judgeWindows(slowness, [100], () => limit);
    for (const latency of [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 700]) {
      const [verdict] = judgeWindows(slowness, [latency], () => limit);
      if (typeof verdict === "number") limit = verdict;
    }
    expect(limit).toBeCloseTo(6.554, 3);
  });

  it("never asks for less than one", () => {
    const slowness = new Slowness();
    judgeWindows(slowness, [100], () => 1);
    expect(judgeWindows(slowness, [1000], () => 1)).toEqual([1]);
  });

  it("forgets the lowest latency slowly: 1.001 a window", () => {
    const slowness = new Slowness();
    judgeWindows(slowness, [100], () => 8);
    // Twice 100 · 1.001^k + 10 passes 220 after 49 windows.
    const verdicts = judgeWindows(
      slowness,
      Array.from({ length: 60 }, () => 205),
      () => 8,
    );
    expect(new Set(verdicts)).toEqual(new Set(["fine"]));
    expect(judgeWindows(slowness, [222], () => 8)).toEqual(["fine"]);
    expect(judgeWindows(slowness, [230], () => 8)).toEqual([6.4]);
  });
});
