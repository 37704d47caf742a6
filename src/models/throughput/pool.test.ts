import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { defaultThroughput, type ModelEvent, type ThroughputOptions } from "../options.ts";
import { HttpFailure } from "./failures.ts";
import { GaveUp, Pool, type Reply } from "./pool.ts";

function poolOf(names: readonly string[], options: ThroughputOptions = {}) {
  const events: ModelEvent[] = [];
  const members = names.map((name) => ({ name, endpoint: name }));
  const pool = new Pool<string>(members, { ...defaultThroughput, ...options }, (event) => events.push(event));
  const delays = (): number[] => events.flatMap((event) => (event.type === "retry" ? [event.delayMs] : []));
  return { pool, events, delays };
}

const reply = <T>(value: T): Reply<T> => ({ value, headers: {}, tokens: 1 });
const refuse = (status: number, headers = {}, body = ""): never => {
  throw new HttpFailure(status, headers, body);
};
/** Fails as told, one turn after the other, and answers from then on. */
function failing(...failures: (() => never)[]) {
  const asked: string[] = [];
  const attempt = async (endpoint: string): Promise<Reply<string>> => {
    asked.push(endpoint);
    failures.shift()?.();
    return reply("done");
  };
  return { attempt, asked };
}

describe("one request", () => {
  it("is answered at once, and the pool remembers that it can be", async () => {
    const { pool, events } = poolOf(["one"]);
    expect(pool.hasAnswered).toBe(false);
    const answered = await pool.run(async () => reply(7), "a");
    expect(answered).toMatchObject({ value: 7, attempts: 1, isHedged: false, endpoint: "one" });
    expect(pool.hasAnswered).toBe(true);
    expect(events).toEqual([]);
    expect(pool.limits).toEqual([{ endpoint: "one", limit: 8, inFlight: 0 }]);
  });

  it("is tried again after what may pass, each time after twice as long, less up to a half by chance", async () => {
    const { pool, delays } = poolOf(["one"]);
    const { attempt } = failing(
      () => refuse(500),
      () => refuse(500),
    );
    expect(await pool.run(attempt, "a")).toMatchObject({ value: "done", attempts: 3 });
    const [first = 0, second = 0] = delays();
    expect([first >= 100 && first <= 200, second >= 200 && second <= 400]).toEqual([true, true]);
  });

  it("is given up after as many passing failures as the options allow", async () => {
    const { pool } = poolOf(["one"], { maxAttempts: 2 });
    const { attempt, asked } = failing(...Array(9).fill(() => refuse(500)));
    const failure = await pool.run(attempt, "a").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(GaveUp);
    expect(failure).toMatchObject({ name: "GaveUp", endpoint: "one", attempts: 2, failure: { kind: "passing" } });
    expect(asked).toHaveLength(2);
  });

  it("is given up at the third page that is no answer", async () => {
    const { pool } = poolOf(["one"]);
    const { attempt, asked } = failing(...Array(9).fill(() => refuse(200, {}, "<html>")));
    await expect(pool.run(attempt, "a")).rejects.toMatchObject({ attempts: 3 });
    expect(asked).toHaveLength(3);
  });

  it.each([401, 400])("is given up at once after %i", async (status) => {
    const { pool, events } = poolOf(["one"]);
    const { attempt } = failing(() => refuse(status));
    await expect(pool.run(attempt, "a")).rejects.toMatchObject({ attempts: 1 });
    expect(events).toEqual([]);
  });

  it("waits as long as a 429 says and up to a fifth more, as often as it takes, but not longer in all than allowed", async () => {
    const wait = (ms: number) => () => refuse(429, { "retry-after-ms": `${ms}` });
    const { pool, delays, events } = poolOf(["one"], { maxAttempts: 1, maxWaitMs: 200 });
    const { attempt } = failing(wait(50), wait(0), wait(40));
    expect(await pool.run(attempt, "a")).toMatchObject({ attempts: 4 });
    const [first = 0, second, third = 0] = delays();
    expect([first >= 50 && first <= 60, second, third >= 40 && third <= 48]).toEqual([true, 0, true]);
    expect(events).toContainEqual({ type: "concurrency", endpoint: "one", limit: 4 });
    const long = poolOf(["one"], { maxWaitMs: 90 });
    const twice = failing(wait(50), wait(50), wait(50));
    await expect(long.pool.run(twice.attempt, "a")).rejects.toMatchObject({
      attempts: 2,
      failure: { kind: "limited" },
    });
    const passing = poolOf(["one"], { maxWaitMs: 0 });
    expect(await passing.pool.run(failing(() => refuse(500)).attempt, "a")).toMatchObject({ attempts: 2 });
  });

  it("is cut off when its time is up", async () => {
    const { pool } = poolOf(["one"], { timeoutMs: 20, maxAttempts: 1 });
    const attempt = async (_: string, signal: AbortSignal): Promise<Reply<number>> => {
      await sleep(20_000, undefined, { signal, ref: false });
      return reply(1);
    };
    await expect(pool.run(attempt, "a")).rejects.toMatchObject({ failure: { reason: "no answer in time" } });
  });
});

describe("several endpoints", () => {
  it("share the work by their load, and hold as much as all may", async () => {
    const { pool } = poolOf(["one", "two"], { maxConcurrency: 5 });
    expect(pool.width).toBe(26);
    const asked: string[] = [];
    const attempt = async (endpoint: string): Promise<Reply<string>> => {
      asked.push(endpoint);
      await sleep(20);
      return reply(endpoint);
    };
    await Promise.all(Array.from({ length: 6 }, () => pool.run(attempt, "a")));
    expect(asked.filter((name) => name === "one")).toHaveLength(3);
  });

  it("take over what another just failed", async () => {
    const { pool } = poolOf(["one", "two"]);
    const { attempt, asked } = failing(
      () => refuse(500),
      () => refuse(500),
    );
    await pool.run(attempt, "a");
    expect(asked).toEqual(["one", "two", "one"]);
  });

  it("give a request back to the one that failed it where the other has no room", async () => {
    const { pool } = poolOf(["one", "two"], { maxConcurrency: 1 });
    const busy: string[] = [];
    const blocker = pool.run(async (endpoint, signal) => {
      busy.push(endpoint);
      await sleep(1500, undefined, { signal });
      return reply(endpoint);
    }, "a");
    const { attempt, asked } = failing(() => refuse(500));
    await pool.run(attempt, "a");
    expect([busy, asked]).toEqual([["one"], ["two", "two"]]);
    await blocker;
  });
});

describe("a request that waits", () => {
  it("goes as soon as another ends, and a request that failed goes before those that never went", async () => {
    const { pool } = poolOf(["one"], { initialConcurrency: 1, maxConcurrency: 1 });
    const order: string[] = [];
    let failures = 1;
    const attempt = (name: string) => async (): Promise<Reply<string>> => {
      order.push(name);
      await sleep(name === "b" ? 400 : 5);
      if (name === "a" && failures-- > 0) refuse(500);
      return reply(name);
    };
    await Promise.all(["a", "b", "c"].map((name) => pool.run(attempt(name), "x")));
    expect(order).toEqual(["a", "b", "a", "c"]);
    expect(pool.limits).toEqual([{ endpoint: "one", limit: 1, inFlight: 0 }]);
  });

  it("is let go when its signal fires, waiting or under way, and others go on", async () => {
    const { pool } = poolOf(["one"], { initialConcurrency: 1, maxConcurrency: 1 });
    const cancel = new AbortController();
    const hang = async (_: string, signal: AbortSignal): Promise<Reply<number>> => {
      await sleep(20_000, undefined, { signal, ref: false });
      return reply(1);
    };
    const cancelled = [pool.run(hang, "a", cancel.signal), pool.run(hang, "a", cancel.signal)];
    const other = pool.run(async () => reply(3), "a");
    // At once: the first was let in, and has not begun.
    cancel.abort();
    const late = pool.run(hang, "a", cancel.signal);
    const ends = await Promise.allSettled([...cancelled, late]);
    expect(ends.map((end) => end.status === "rejected" && end.reason)).toMatchObject(
      Array(3).fill({ code: "interrupted" }),
    );
    expect(await other).toMatchObject({ value: 3 });
  });
});

describe("a second attempt", () => {
  /** A pool that knows fifty quick answers. */
  async function warmed(names: readonly string[] = ["one", "two"], count = 50) {
    const { pool, events } = poolOf(names, { hedgeQuantile: 0.9, initialConcurrency: 64 });
    for (let n = 0; n < count; n++) await pool.run(async () => reply(n), "a");
    return { pool, events };
  }
  /** The first attempt of a request takes ten seconds or until it is cut off, the second does as told. */
  function slowFirst(second: () => Promise<Reply<string>> | never, firstMs = 10_000, first = () => reply("first")) {
    const asked: string[] = [];
    const cut: boolean[] = [];
    const attempt = async (endpoint: string, signal: AbortSignal): Promise<Reply<string>> => {
      asked.push(endpoint);
      if (asked.length > 1) return second();
      signal.addEventListener("abort", () => cut.push(true));
      await sleep(firstMs, undefined, { signal });
      return first();
    };
    return { attempt, asked, cut };
  }

  it("goes to another endpoint once the first takes longer than most did; the faster answer counts", async () => {
    const { pool } = await warmed();
    const { attempt, asked, cut } = slowFirst(async () => reply("second"));
    const answered = await pool.run(attempt, "a");
    expect(answered).toMatchObject({ value: "second", attempts: 2, isHedged: true });
    expect(new Set(asked)).toEqual(new Set(["one", "two"]));
    expect(cut).toEqual([true]);
  });

  it("goes out after the quantile of the latencies, in whatever order they came", async () => {
    const { pool } = poolOf(["one", "two"], { hedgeQuantile: 0.9, initialConcurrency: 64 });
    for (let n = 0; n < 50; n++) {
      // The place of the quantile in the order in which answers came.
      if (n === 45) await pool.run(async () => reply(await sleep(600, n)), "a");
      else await pool.run(async () => reply(n), "a");
    }
    const { attempt } = slowFirst(async () => reply("second"), 300);
    expect(await pool.run(attempt, "a")).toMatchObject({ value: "second", attempts: 2, isHedged: true });
  });

  it("is not made before fifty answers are known", async () => {
    const { pool } = await warmed(["one"], 49);
    const { attempt, asked } = slowFirst(async () => reply("second"), 100);
    expect(await pool.run(attempt, "a")).toMatchObject({ value: "first", attempts: 1, isHedged: false });
    expect(asked).toHaveLength(1);
  });

  it("that fails leaves the first one to count", async () => {
    const { pool } = await warmed();
    const { attempt } = slowFirst(async () => refuse(500), 300);
    expect(await pool.run(attempt, "a")).toMatchObject({ value: "first", attempts: 2, isHedged: false });
  });

  it("counts where the first one fails meanwhile", async () => {
    const { pool } = await warmed();
    const { attempt } = slowFirst(
      async () => {
        await sleep(400);
        return reply("second");
      },
      200,
      () => refuse(500),
    );
    expect(await pool.run(attempt, "a")).toMatchObject({ value: "second", attempts: 2, isHedged: false });
  });

  it("ends with its request", async () => {
    const { pool } = await warmed();
    const cancel = new AbortController();
    const hang = async (_: string, signal: AbortSignal): Promise<Reply<string>> => {
      await sleep(20_000, undefined, { signal, ref: false });
      return reply("late");
    };
    const answer = expect(pool.run(hang, "a", cancel.signal)).rejects.toMatchObject({ code: "interrupted" });
    await sleep(150);
    cancel.abort();
    await answer;
    expect(pool.limits.map(({ inFlight }) => inFlight)).toEqual([0, 0]);
  });
});
