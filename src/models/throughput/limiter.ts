import { type HeaderMap, meters } from "./rate-headers.ts";

/**
 * How many requests one endpoint gets at once. Additive increase, multiplicative decrease on one number, the limit:
 * it doubles per round trip until the first sign of congestion (slow start, RFC 5681), then creeps up. Signs are 429 and
 * a mean latency above twice the lowest seen for the same kind of call. After a 429 the limit falls by the share that was
 * rejected, requests are paced (limit / latency a second), and the limit at which it came is a ceiling that is approached,
 * held below, and tried again ever more rarely.
 */
export interface LimiterOptions {
  readonly initialConcurrency: number;
  readonly maxConcurrency: number;
}

const LATENCY_TOLERANCE = 2;
/** Share of the ceiling that is held between trials. */
const HOLD_SHARE = 0.97;
const FIRST_HOLD_MS = 5_000;
const LONGEST_HOLD_MS = 10_000;
/** Answers between trials, each of which costs a rejection or two. */
const LEAST_HELD = 200;
/** Rejections above this share mean that the endpoint as a whole is to rest; below it the rejected request waits alone. */
const RESTING_SHARE = 0.15;
/** How fast the lowest latency is forgotten, a window. */
const BASELINE_DRIFT = 1.001;
/** Requests may bunch up by this much when the timer was late. */
const PACE_SLACK_MS = 50;
/** A wait after a 429 that names none. */
const DEFAULT_PAUSE_MS = 250;
/** Failures in a row that are the endpoint's own trouble rather than the requests'. */
const FAILURES_IN_A_ROW = 8;
const SHORTEST_STEP_MS = 500;

/** Rejections by chance are few; more than this share is never taken for chance. */
const MOST_BY_CHANCE = 0.1;
const SPELL_CALLS = 300;

interface Tally {
  readonly calls: number;
  readonly rejected: number;
}

export class Limiter {
  readonly #max: number;
  #limit: number;
  #inFlight = 0;
  #isSlowStart = true;
  #ceiling = Number.POSITIVE_INFINITY;
  #isPaced = false;
  #latency = 0;
  #nextStart = 0;
  #pausedUntil = 0;
  #lastDecrease = Number.NEGATIVE_INFINITY;
  #lastGrowth = 0;
  #holdMs = FIRST_HOLD_MS;
  #heldSince = Number.POSITIVE_INFINITY;
  #step = 0.01;
  #isSaturated = false;
  #isTrying = false;
  #isSettling = false;
  #succeededSinceHeld = 0;
  /** The limit at which a slow spell began, and its slowest mean. */
  #slow: { readonly limit: number; readonly mean: number } | undefined;
  #failures = 0;
  /** Rejected among the last thirty or so, and among the last two hundred. */
  #rejectedShare = 0;
  #longShare = 0;
  /** The share that is rejected by chance; 0 while nothing speaks for it. */
  #chance = 0;
  #tally: Tally = { calls: 0, rejected: 0 };
  /** Where cutting began, and the tally when the limit had come down to half. */
  #spell: { readonly limit: number; readonly since: Tally | undefined } | undefined;
  /** Milliseconds between requests that the endpoint's own meters allow. */
  #meteredInterval = 0;
  #tokensACall = 0;
  readonly #baselines = new Map<string, number>();
  readonly #windows = new Map<string, { readonly count: number; readonly sum: number; readonly length: number }>();

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
    this.#succeededSinceHeld++;
    this.#latency = this.#latency === 0 ? latencyMs : 0.95 * this.#latency + 0.05 * latencyMs;
    this.#tokensACall = this.#tokensACall === 0 ? tokens : 0.95 * this.#tokensACall + 0.05 * tokens;
    if (this.#isPaced) this.#growPaced(now);
    else if (this.#isSlowStart && this.#isSaturated) this.#raise(this.#limit + 1);
    const mean = this.#windowMean(kind, latencyMs);
    if (mean !== undefined) this.#judgeLatency(mean, kind);
  }

  /**
   * A 429 to a request that began at `startedAt`. One congestion counts once, however many requests it hits. A trial
   * beyond the ceiling that fails goes back to what held before; any other congestion lowers the limit by what was rejected.
   */
  onLimited(now: number, startedAt: number, retryAfterMs: number | undefined): void {
    this.#count(true);
    if (this.#chance > 0 && this.#longShare <= 1.5 * this.#chance + 0.02) return;
    this.#chance = 0;
    if (!this.#isPaced || this.#rejectedShare >= RESTING_SHARE) {
      this.#pausedUntil = Math.max(this.#pausedUntil, now + (retryAfterMs ?? DEFAULT_PAUSE_MS));
    }
    if (startedAt < this.#lastDecrease) return;
    // An endpoint that says when to come back is counting, not overloaded by chance.
    if (retryAfterMs !== undefined) this.#spell = undefined;
    else this.#spell ??= { limit: this.#limit, since: undefined };
    const isFarBeyond = this.#limit > 1.3 * this.#ceiling;
    if (this.#isTrying && !isFarBeyond) {
      if (this.#limit > 1.15 * this.#ceiling) this.#ceiling = Math.sqrt(this.#ceiling * this.#limit);
      this.#limit = HOLD_SHARE * this.#ceiling;
      this.#holdMs = Math.min(LONGEST_HOLD_MS, this.#holdMs * 2);
    } else {
      this.#ceiling = this.#limit;
      const lost = this.#isSlowStart
        ? 0.5
        : isFarBeyond
          ? 0.3
          : Math.min(0.5, Math.max(0.04, 1.5 * this.#rejectedShare));
      this.#limit = Math.max(this.#limit <= 1 ? 0.05 : 1, this.#limit * (1 - lost));
      this.#holdMs = FIRST_HOLD_MS;
    }
    this.#isSlowStart = false;
    this.#isPaced = true;
    this.#isTrying = false;
    this.#lastDecrease = Math.max(now, this.#pausedUntil);
    this.#lastGrowth = this.#lastDecrease;
    this.#heldSince = this.#lastDecrease;
    this.#succeededSinceHeld = 0;
    this.#step = 0.01;
  }

  #count(isRejected: boolean): void {
    this.#rejectedShare += 0.03 * ((isRejected ? 1 : 0) - this.#rejectedShare);
    this.#longShare += 0.005 * ((isRejected ? 1 : 0) - this.#longShare);
    const { calls, rejected } = this.#tally;
    this.#tally = { calls: calls + 1, rejected: rejected + (isRejected ? 1 : 0) };
    this.#judgeSpell();
  }

  /**
   * Some endpoints reject by chance, whatever the load. Where half the limit still brings a small share of rejections,
   * the limit is given back, and rejections of that share then make their own requests wait and nothing else.
   */
  #judgeSpell(): void {
    if (this.#spell === undefined || this.#limit > 0.5 * this.#spell.limit) return;
    const { limit, since = this.#tally } = this.#spell;
    this.#spell = { limit, since };
    const calls = this.#tally.calls - since.calls;
    const rejected = this.#tally.rejected - since.rejected;
    if (calls < SPELL_CALLS) return;
    this.#spell = undefined;
    const share = rejected / calls;
    if (rejected < 2 || share > MOST_BY_CHANCE) return;
    this.#chance = share;
    this.#longShare = share;
    this.#limit = limit;
    this.#isPaced = false;
    this.#isSlowStart = true;
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
      [tokens, Math.max(1, this.#tokensACall)],
    ] as const) {
      if (meter === undefined) continue;
      if (meter.remaining < cost)
        this.#pausedUntil = Math.max(this.#pausedUntil, now + Math.min(meter.resetMs, 60_000));
      if (meter.remaining > 0.1 * meter.limit) continue;
      const refill = (meter.limit - meter.remaining) / Math.max(1, meter.resetMs);
      interval = Math.max(interval, cost / refill);
    }
    this.#meteredInterval = interval;
  }

  #interval(): number {
    return Math.max(this.#isPaced ? this.#latency / this.#limit : 0, this.#meteredInterval);
  }

  #raise(limit: number): void {
    this.#limit = Math.min(this.#max, limit);
  }

  /** Step by step while the limit binds: up to the held share, wait there, then try beyond it in doubling steps. */
  #growPaced(now: number): void {
    if (now - this.#lastGrowth < Math.max(SHORTEST_STEP_MS, 2 * this.#latency)) return;
    this.#lastGrowth = now;
    if (!this.#isSaturated) return;
    this.#isSaturated = false;
    const held = HOLD_SHARE * this.#ceiling;
    if (this.#limit < held) {
      this.#raise(Math.min(held, this.#limit + 0.05 * this.#ceiling));
      this.#heldSince = now;
      this.#succeededSinceHeld = 0;
      return;
    }
    if (now - this.#heldSince < this.#holdMs || this.#succeededSinceHeld < LEAST_HELD) return;
    this.#isTrying = true;
    this.#raise(this.#limit * (1 + this.#step));
    this.#step = Math.min(this.#limit > 1.3 * this.#ceiling ? 0.25 : 0.08, this.#step * 2);
  }

  /** The mean latency of a kind of call once a window of them is complete; its length is the limit where it began. */
  #windowMean(kind: string, latencyMs: number): number | undefined {
    const { count, sum, length } = this.#windows.get(kind) ?? { count: 0, sum: 0, length: Math.max(16, this.#limit) };
    const isComplete = count + 1 >= length;
    if (isComplete) this.#windows.delete(kind);
    else this.#windows.set(kind, { count: count + 1, sum: sum + latencyMs, length });
    return isComplete ? (sum + latencyMs) / (count + 1) : undefined;
  }

  /** Above twice the lowest mean the limit falls, unless falling by half did not help: then this is the latency now. */
  #judgeLatency(mean: number, kind: string): void {
    const baseline = this.#baselines.get(kind) ?? mean;
    this.#baselines.set(kind, Math.min(baseline * BASELINE_DRIFT, mean));
    if (mean <= LATENCY_TOLERANCE * baseline + 10) {
      this.#slow = undefined;
      this.#isSettling = false;
      if (this.#isSlowStart || this.#isPaced || !this.#isSaturated) return;
      this.#raise(this.#limit + Math.max(1, 0.05 * this.#limit));
      this.#isSaturated = false;
      return;
    }
    this.#isSlowStart = false;
    const { limit, mean: slowest } = this.#slow ?? { limit: this.#limit, mean: 0 };
    this.#slow = { limit, mean: Math.max(slowest, mean) };
    // What ends in the window after a cut was sent before it.
    this.#isSettling = !this.#isSettling;
    if (!this.#isSettling) return;
    if (this.#limit > 0.5 * this.#slow.limit) this.#limit = Math.max(1, this.#limit * 0.8);
    else if (mean > 0.75 * this.#slow.mean) {
      this.#baselines.set(kind, mean);
      this.#limit = this.#slow.limit;
      this.#slow = undefined;
    } else this.#slow = undefined;
  }
}
