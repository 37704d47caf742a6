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
