import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { Limiter } from "./limiter.ts";
import { longestWaitMs, meters, readWait, retryAfterMs } from "./rate-headers.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

describe("what a header asks to wait", () => {
  it.each([
    ["2", 2000],
    ["0.5", 500],
    ["120ms", 120],
    ["1s", 1000],
    ["1m30s", 90_000],
    ["1h0m2.5s", 3_602_500],
    ["1m 30s", 90_000],
    ["1.25s", 1250],
    ["0.125 s", 125],
    ["2d", longestWaitMs],
    ["3 milliseconds", 3],
    ["2hours", 7_200_000],
    [".5", 500],
    ["5.", 5000],
    ["P", undefined],
    ["P5", undefined],
    ["PT1M30S", 90_000],
    ["P1DT1H", longestWaitMs],
    ["30 seconds", 30_000],
    ["1 minute and 5 secs", 65_000],
    ["1772366405", 5000],
    ["1772366405.25", 5250],
    ["1772366405000", 5000],
    ["1772366405000000", 5000],
    ["1772366405000000000", 5000],
    ["Sun, 01 Mar 2026 12:00:07 GMT", 7000],
    ["2026-03-01T12:00:07Z", 7000],
    ["1700000000", 0],
    ["Sun, 01 Mar 2020 12:00:07 GMT", 0],
    ["-3", 0],
    ["999999999", longestWaitMs],
    ["9999999999", longestWaitMs],
    ["1e300", longestWaitMs],
    ["soon", undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
    ["five 5", undefined],
    ["12 parsecs", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("%s", (text, ms) => {
    const wait = readWait(text, now);
    if (ms === undefined) expect(wait).toBeUndefined();
    else expect(wait).toBeCloseTo(ms, 0);
  });

  it("is in milliseconds where its name says so, and the shorter name counts next", () => {
    expect(retryAfterMs({ "retry-after-ms": "700", "retry-after": "9" }, now)).toBe(700);
    expect(retryAfterMs({ "retry-after-ms": "x", "retry-after": "9" }, now)).toBe(9000);
    expect(retryAfterMs({}, now)).toBeUndefined();
  });

  it("is read from meters that name no kind", () => {
    const headers = { "x-ratelimit-limit": "20", "x-ratelimit-remaining": "3", "x-ratelimit-reset": `${now + 4000}` };
    expect(meters(headers, now)).toEqual({ requests: { limit: 20, remaining: 3, resetMs: 4000 }, tokens: undefined });
    expect(meters({ ...headers, "x-ratelimit-remaining": "" }, now).requests).toBeUndefined();
  });

  it("is read from the meters of every provider, those that name their kind first", () => {
    const openai = (part: string, value: string) => ({ [`x-ratelimit-${part}-tokens`]: value });
    const named = { ...openai("limit", "100"), ...openai("remaining", "0"), ...openai("reset", "6m0s") };
    expect(meters(named, now)).toEqual({ requests: undefined, tokens: { limit: 100, remaining: 0, resetMs: 360_000 } });
    const anthropic = {
      "anthropic-ratelimit-requests-limit": "50",
      "anthropic-ratelimit-requests-remaining": "49",
      "anthropic-ratelimit-requests-reset": new Date(now + 2000).toISOString(),
    };
    expect(meters(anthropic, now).requests).toEqual({ limit: 50, remaining: 49, resetMs: 2000 });
    const plain = { "ratelimit-limit": "5", "ratelimit-remaining": "2", "ratelimit-reset": "1" };
    expect(meters(plain, now)).toEqual({ requests: { limit: 5, remaining: 2, resetMs: 1000 }, tokens: undefined });
    expect(meters({ ...plain, ...anthropic }, now).requests?.limit).toBe(50);
    for (const lacking of [
      { "ratelimit-limit": "0" },
      { "ratelimit-remaining": "-1" },
      { "ratelimit-reset": "soon" },
    ]) {
      expect(meters({ ...plain, ...lacking }, now).requests).toBeUndefined();
    }
  });

  it("never makes anything wait for ever, whatever stands in the headers", () => {
    const random = rng(7, "headers");
    const pieces = [
      "1",
      "99999999999",
      "e",
      "9",
      ".",
      "-",
      "ms",
      "s",
      "d",
      "h",
      " ",
      "GMT",
      ":",
      "2026",
      "Jan",
      "T",
      "PT",
      "∞",
    ];
    const word = () => Array.from({ length: random.integer(6) }, () => pieces[random.integer(pieces.length)]).join("");
    for (let turn = 0; turn < 5000; turn++) {
      const limiter = new Limiter({ initialConcurrency: 8, maxConcurrency: 8 });
      const headers = {
        "x-ratelimit-limit-requests": word(),
        "x-ratelimit-remaining-requests": word(),
        "x-ratelimit-reset-requests": word(),
        "retry-after": word(),
      };
      limiter.onHeaders(0, headers);
      limiter.onStart(0);
      const wait = retryAfterMs(headers) ?? 0;
      expect(wait >= 0 && wait <= longestWaitMs).toBe(true);
      expect(limiter.waitMs(0)).toBeLessThanOrEqual(60_000);
    }
  });
});
