import { type HeaderMap, meters } from "./rate-headers.ts";
import { Rejections } from "./rejections.ts";
import { Slowness } from "./slowness.ts";

/**
 * How many requests one endpoint gets at once, as one number, the limit. It doubles per round trip until the first sign of
 * congestion (slow start, RFC 5681), then creeps up. Signs are 429 and a mean latency above twice the lowest seen for the
 * same kind of call. After a 429 requests are paced (limit / latency per second) and the limit follows CUBIC (RFC 9438):
 * cut by the share that was rejected, back to where the 429 came, long near it, then ever faster beyond.
 */
export interface LimiterOptions {
  readonly initialConcurrency: number;
  readonly maxConcurrency: number;
}

/** From a cut back to where it came: at least this long, and at least so many answers; each trial costs a rejection or two. */
const SHORTEST_RETURN_MS = 5_000;
const LEAST_RETURN = 150;
/** Rise beyond the old limit once the time of the return has passed again. */
const RISE = 0.8;
const LEAST_CUT = 0.15;
/** Rejections above this share mean that the endpoint as a whole is to rest; below it the rejected request waits alone. */
const RESTING_SHARE = 0.15;
/** Requests may bunch up by this much when the timer was late. */
const PACE_SLACK_MS = 50;
/** A wait after a 429 that names none. */
const DEFAULT_PAUSE_MS = 250;
/** Failures in a row that are the endpoint's own trouble rather than the requests'. */
const FAILURES_IN_A_ROW = 8;
const STEP_MS = 500;
/** A meter holds requests up by no more than this at a time: what it says of a day may be wrong. */
const LONGEST_METERED_MS = 60_000;

/** The last 429 that lowered the limit. */
interface Cut {
  /** The limit at which it came, and to which the curve leads back. */
  readonly ceiling: number;
  /** By what share the limit fell. */
  readonly share: number;
  /** When; requests sent before it are no new signs. */
  readonly at: number;
  /** Milliseconds since then in which the limit was in the way. */
  readonly ageMs: number;
}

export class Limiter {
  readonly #max: number;
  #limit: number;
  #inFlight = 0;
  #isSlowStart = true;
  /** Whether the limit has been in the way since it last grew. */
  #isSaturated = false;
  #cut: Cut | undefined;
  #grownAt = 0;
  /** Running means of an answer. */
  #latencyMs = 0;
  #tokens = 0;
  #nextStart = 0;
  #pausedUntil = 0;
  #failures = 0;
  /** Milliseconds between requests that the endpoint's own meters allow. */
  #meteredInterval = 0;
  readonly #rejections = new Rejections();
  readonly #slowness = new Slowness();

  constructor({ initialConcurrency, maxConcurrency }: LimiterOptions) {
    this.#max = maxConcurrency;
    this.#limit = Math.min(initialConcurrency, maxConcurrency);
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Milliseconds until a request may start: 0 now, Infinity when one in flight must end first. */
  waitMs(now: number): number {
    if (this.#inFlight >= Math.max(1, Math.floor(this.#limit))) {
      this.#isSaturated = true;
      return Number.POSITIVE_INFINITY;
    }
    const wait = Math.max(this.#pausedUntil, this.#interval() === 0 ? 0 : this.#nextStart) - now;
    if (wait <= 0) return 0;
    if (this.#pausedUntil <= now) this.#isSaturated = true;
    return wait;
  }

  onStart(now: number): void {
    this.#inFlight++;
    this.#nextStart = Math.max(this.#nextStart, now - PACE_SLACK_MS) + this.#interval();
  }

  /** The request ended, in whatever way; `onSuccess`, `onLimited` or `onFailure` say how. */
  onEnd(): void {
    this.#inFlight--;
  }

  /** @param kind calls whose latencies may be compared, e.g. those with the same length limit. */
  onSuccess(now: number, latencyMs: number, kind: string, tokens: number): void {
    this.#failures = 0;
    this.#count(false);
    this.#latencyMs = this.#latencyMs === 0 ? latencyMs : 0.95 * this.#latencyMs + 0.05 * latencyMs;
    this.#tokens = this.#tokens === 0 ? tokens : 0.95 * this.#tokens + 0.05 * tokens;
    if (this.#cut !== undefined) this.#growBack(now, this.#cut);
    else if (this.#isSlowStart && this.#isSaturated) this.#raise(this.#limit + 1);
    const verdict = this.#slowness.judge(kind, latencyMs, this.#limit);
    if (typeof verdict === "number") {
      this.#isSlowStart = false;
      this.#limit = verdict;
    } else if (verdict === "fine" && this.#cut === undefined && !this.#isSlowStart && this.#isSaturated) {
      this.#raise(this.#limit + Math.max(1, 0.05 * this.#limit));
      this.#isSaturated = false;
    }
  }

  /** A 429 to a request that began at `startedAt`. One congestion counts once, however many requests it hits. */
  onLimited(now: number, startedAt: number, retryAfterMs: number | undefined): void {
    this.#count(true);
    if (this.#rejections.isByChance(this.#limit, retryAfterMs !== undefined)) return;
    const { share } = this.#rejections;
    if (this.#cut === undefined || share >= RESTING_SHARE) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + (retryAfterMs ?? DEFAULT_PAUSE_MS));
    }
    if (startedAt < (this.#cut?.at ?? Number.NEGATIVE_INFINITY)) return;
    const lost = this.#isSlowStart ? 0.5 : Math.min(0.5, Math.max(LEAST_CUT, 1.5 * share));
    // Slow start doubles: the endpoint's own limit lies between this one and that of the round trip before.
    const ceiling = this.#limit * (this.#isSlowStart ? 1 - lost / 2 : 1);
    this.#limit = Math.max(this.#limit <= 1 ? 0.05 : 1, this.#limit * (1 - lost));
    this.#isSlowStart = false;
    this.#cut = { ceiling, share: 1 - this.#limit / ceiling, at: Math.max(now, this.#pausedUntil), ageMs: 0 };
    this.#grownAt = this.#cut.at;
  }

  /** A passing failure. Many in a row are the endpoint's own trouble: it rests, ever longer. */
  onFailure(now: number): void {
    const beyond = ++this.#failures - FAILURES_IN_A_ROW;
    if (beyond < 0) return;
    this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(10_000, 100 * 2 ** Math.min(10, beyond)));
  }

  /** The provider's own meters: never run one dry, and wait where one is. */
  onHeaders(now: number, headers: HeaderMap): void {
    const { requests, tokens } = meters(headers);
    let interval = 0;
    for (const [meter, cost] of [
      [requests, 1],
      [tokens, Math.max(1, this.#tokens)],
    ] as const) {
      if (meter === undefined) continue;
      if (meter.remaining < cost)
        this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(meter.resetMs, LONGEST_METERED_MS));
      if (meter.remaining > 0.1 * meter.limit) continue;
      const refill = (meter.limit - meter.remaining) / Math.max(1, meter.resetMs);
      interval = Math.max(interval, cost / refill);
    }
    this.#meteredInterval = Math.min(interval, LONGEST_METERED_MS);
  }

  #interval(): number {
    return Math.max(this.#cut === undefined ? 0 : this.#latencyMs / this.#limit, this.#meteredInterval);
  }

  #raise(limit: number): void {
    this.#limit = Math.min(this.#max, limit);
  }

  #count(isRejected: boolean): void {
    const before = this.#rejections.count(isRejected, this.#limit);
    if (before === undefined) return;
    this.#limit = before;
    this.#cut = undefined;
    this.#isSlowStart = true;
  }

  /** ceiling · (1 + a · ((t − K) / K)³), K the time of the return; a is the share of the cut before K, `RISE` after it. */
  #growBack(now: number, cut: Cut): void {
    const passed = now - this.#grownAt;
    if (passed < STEP_MS) return;
    this.#grownAt = now;
    if (!this.#isSaturated) return;
    this.#isSaturated = false;
    const ageMs = cut.ageMs + passed;
    this.#cut = { ...cut, ageMs };
    const returnMs = Math.max(SHORTEST_RETURN_MS, (LEAST_RETURN * this.#latencyMs) / cut.ceiling);
    const place = (ageMs - returnMs) / returnMs;
    this.#raise(Math.max(this.#limit, cut.ceiling * (1 + (place < 0 ? cut.share : RISE) * place ** 3)));
  }
}
