import { setTimeout as sleep } from "node:timers/promises";
import { Interruption } from "../../errors.ts";
import { type Rng, rng } from "../../rng.ts";
import type { ModelEvent, ThroughputOptions } from "../options.ts";
import { type Failure, failureOf, headersOf } from "./failures.ts";
import { Limiter } from "./limiter.ts";
import { type HeaderMap, longestWaitMs } from "./rate-headers.ts";

/** One attempt's answer, with what the endpoint said about its meters. */
export interface Reply<T> {
  readonly value: T;
  readonly headers: HeaderMap;
  /** What the call cost of the endpoint's token meter. */
  readonly tokens: number;
}

/** One attempt at one endpoint. Rejects with whatever the transport throws. */
export type Attempt<E, T> = (endpoint: E, signal: AbortSignal) => Promise<Reply<T>>;

/** An answer with how it was got. */
export interface Answered<T> {
  readonly value: T;
  readonly attempts: number;
  /** A second attempt was under way and was cut off: the endpoint may charge for it all the same. */
  readonly isHedged: boolean;
  readonly latencyMs: number;
  readonly endpoint: string;
}

/** What the pool gives up with; the caller says it in the words of its provider. */
export class GaveUp extends Error {
  readonly failure: Failure;
  readonly endpoint: string;
  readonly attempts: number;

  constructor(failure: Failure, endpoint: string, attempts: number) {
    super(failure.reason);
    this.name = "GaveUp";
    this.failure = failure;
    this.endpoint = endpoint;
    this.attempts = attempts;
  }
}

interface Member<E> {
  readonly endpoint: E;
  readonly name: string;
  readonly limiter: Limiter;
}

interface Waiter<E> {
  readonly grant: (member: Member<E>) => void;
  /** An endpoint that just failed this request; another is preferred. */
  readonly shunned: Member<E> | undefined;
}

/** How soon a second attempt is thought of again when no endpoint had room for it. */
const LOOK_AGAIN_MS = 50;

/** Endpoints of one model, shared by everything that asks it: who goes next, where, and again after a failure. */
export class Pool<E> {
  readonly #members: readonly Member<E>[];
  readonly #options: Required<ThroughputOptions>;
  readonly #onEvent: (event: ModelEvent) => void;
  readonly #random: Rng;
  readonly #waiting: Waiter<E>[] = [];
  readonly #recent: number[] = [];
  #timer: NodeJS.Timeout | undefined;
  #successes = 0;

  constructor(
    endpoints: readonly { readonly name: string; readonly endpoint: E }[],
    options: Required<ThroughputOptions>,
    onEvent: (event: ModelEvent) => void = () => undefined,
  ) {
    this.#members = endpoints.map((member) => ({ ...member, limiter: new Limiter(options) }));
    this.#options = options;
    this.#onEvent = onEvent;
    this.#random = rng(options.seed, "retries");
  }

  /** Requests that may be under way or waiting without any of them waiting long. */
  get width(): number {
    return this.#members.length * this.#options.maxConcurrency + 16;
  }

  /** Whether anything was ever answered; a first refusal is everybody's, a later one is its request's. */
  get hasAnswered(): boolean {
    return this.#successes > 0;
  }

  get limits(): readonly { readonly endpoint: string; readonly limit: number; readonly inFlight: number }[] {
    return this.#members.map(({ name, limiter }) => ({
      endpoint: name,
      limit: limiter.limit,
      inFlight: limiter.inFlight,
    }));
  }

  /**
   * One answer to one request, whatever it takes within the bounds of the options. @param kind calls whose latencies
   * may be compared. @throws GaveUp; PreceptError interrupted when the signal fires.
   */
  async run<T>(attempt: Attempt<E, T>, kind: string, signal?: AbortSignal): Promise<Answered<T>> {
    let [attempts, passing, waited] = [0, 0, 0];
    let shunned: Member<E> | undefined;
    for (;;) {
      const member = await this.#admit(shunned, signal, attempts > 0);
      const { tried, attempts: own, isHedged } = await this.#hedge(member, attempt, kind, signal);
      attempts += own;
      if ("value" in tried) return { ...tried, attempts, isHedged };
      const { failure, endpoint } = tried;
      if (failure.kind === "passing") passing++;
      const isHopeless = failure.kind === "passing" && failure.isHtml && passing >= 3;
      if (
        failure.kind === "fatal" ||
        failure.kind === "request" ||
        isHopeless ||
        passing >= this.#options.maxAttempts
      ) {
        throw new GaveUp(failure, endpoint, attempts);
      }
      const delayMs = this.#delay(failure, passing);
      waited += delayMs;
      if (failure.kind === "limited" && waited > this.#options.maxWaitMs) {
        throw new GaveUp(failure, endpoint, attempts);
      }
      this.#onEvent({ type: "retry", reason: failure.reason, delayMs });
      shunned = this.#members.length > 1 ? member : undefined;
      // Where the signal fires meanwhile, the next turn throws.
      await sleep(Math.min(delayMs, longestWaitMs), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Full jitter (half fixed): 2^k · 100 ms up to 10 s; a 429 waits at least what it asks for, and up to a fifth more. */
  #delay(failure: Failure, passing: number): number {
    if (failure.kind === "limited" && failure.retryAfterMs !== undefined) {
      return Math.ceil(failure.retryAfterMs * (1 + 0.2 * this.#random.next()));
    }
    const ceiling = Math.min(10_000, 100 * 2 ** Math.min(10, passing));
    return Math.ceil(ceiling * (0.5 + 0.5 * this.#random.next()));
  }

  /** Resolves when an endpoint takes one more request; it is counted as in flight from then on. */
  #admit(shunned: Member<E> | undefined, signal: AbortSignal | undefined, isRetry: boolean): Promise<Member<E>> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(new Interruption("Asking a model"));
      const stop = (): void => {
        const place = this.#waiting.indexOf(waiter);
        if (place >= 0) this.#waiting.splice(place, 1);
        if (this.#waiting.length === 0) this.#disarm();
        reject(new Interruption("Asking a model"));
      };
      const waiter: Waiter<E> = {
        shunned,
        grant: (member) => {
          signal?.removeEventListener("abort", stop);
          resolve(member);
        },
      };
      signal?.addEventListener("abort", stop, { once: true });
      if (isRetry) this.#waiting.unshift(waiter);
      else this.#waiting.push(waiter);
      this.#pump();
    });
  }

  /** Grants as many waiting requests as the limiters allow, then sets a timer for the next one that only needs time. */
  #pump(): void {
    while (this.#waiting.length > 0) {
      const now = performance.now();
      const [first] = this.#waiting;
      const { member, waitMs } = this.#findBest(now, first?.shunned);
      if (member !== undefined) {
        member.limiter.onStart(now);
        this.#waiting.shift()?.grant(member);
        continue;
      }
      if (Number.isFinite(waitMs) && this.#timer === undefined) {
        this.#timer = setTimeout(
          () => {
            this.#timer = undefined;
            this.#pump();
          },
          Math.min(longestWaitMs, Math.max(1, Math.ceil(waitMs))),
        );
      }
      return;
    }
  }

  /** With nobody waiting there is nothing to wake up for; a timer would keep the process alive. */
  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The least loaded endpoint that takes a request now, another than the shunned one where possible. */
  #findBest(now: number, shunned: Member<E> | undefined): { readonly member?: Member<E>; readonly waitMs: number } {
    let best: Member<E> | undefined;
    let bestLoad = Number.POSITIVE_INFINITY;
    let waitMs = Number.POSITIVE_INFINITY;
    for (const member of this.#members) {
      const wait = member.limiter.waitMs(now);
      waitMs = Math.min(waitMs, wait);
      if (wait > 0) continue;
      const load = member.limiter.inFlight / member.limiter.limit + (member === shunned ? 1e6 : 0);
      if (load < bestLoad) [best, bestLoad] = [member, load];
    }
    return best === undefined ? { waitMs } : { member: best, waitMs };
  }

  /** One attempt, or two where the first takes long: the first answer counts, and the other attempt is cut off. */
  async #hedge<T>(member: Member<E>, attempt: Attempt<E, T>, kind: string, signal?: AbortSignal): Promise<Hedged<T>> {
    const after = this.#hedgeAfter();
    if (after === undefined)
      return { tried: await this.#try(member, attempt, kind, signal), attempts: 1, isHedged: false };
    const over = new AbortController();
    const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
    const first = this.#try(member, attempt, kind, both);
    try {
      let other: Member<E> | undefined;
      for (let wait = after; other === undefined; wait = LOOK_AGAIN_MS) {
        const late = sleep<undefined>(wait, undefined, { signal: both }).catch(() => undefined);
        const early = await Promise.race([first, late]);
        if (early !== undefined || both.aborted) {
          return { tried: early ?? (await first), attempts: 1, isHedged: false };
        }
        other = this.#findBest(performance.now(), member).member;
      }
      other.limiter.onStart(performance.now());
      const second = this.#try(other, attempt, kind, both);
      first.catch(() => undefined);
      second.catch(() => undefined);
      const faster = await Promise.race([
        first.then((tried) => ({ tried, slower: second })),
        second.then((tried) => ({ tried, slower: first })),
      ]);
      if ("value" in faster.tried) return { tried: faster.tried, attempts: 2, isHedged: true };
      return { tried: await faster.slower, attempts: 2, isHedged: false };
    } finally {
      over.abort();
    }
  }

  /** When a second attempt goes out: the quantile of the last latencies, once there are enough of them. */
  #hedgeAfter(): number | undefined {
    const { hedgeQuantile } = this.#options;
    if (hedgeQuantile === null || this.#recent.length < 50) return undefined;
    const sorted = this.#recent.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(hedgeQuantile * sorted.length))];
  }

  async #try<T>(member: Member<E>, attempt: Attempt<E, T>, kind: string, signal?: AbortSignal): Promise<Tried<T>> {
    const { limiter, name } = member;
    const startedAt = performance.now();
    const controller = new AbortController();
    let isTimeout = false;
    const abort = (): void => controller.abort();
    signal?.addEventListener("abort", abort, { once: true });
    const timer = setTimeout(() => {
      isTimeout = true;
      controller.abort();
    }, this.#options.timeoutMs);
    try {
      // It may have fired since the request was let in.
      if (signal?.aborted === true) throw new Interruption("Asking a model");
      const { value, headers, tokens } = await attempt(member.endpoint, controller.signal);
      const now = performance.now();
      const latencyMs = now - startedAt;
      const before = limiter.limit;
      limiter.onSuccess(now, latencyMs, kind, tokens);
      limiter.onHeaders(now, headers);
      this.#noteLimit(member, before);
      this.#successes++;
      this.#noteLatency(latencyMs);
      return { value, latencyMs, endpoint: name };
    } catch (error) {
      if (signal?.aborted === true && !isTimeout) throw new Interruption("Asking a model");
      const failure = failureOf(error, isTimeout);
      const now = performance.now();
      const before = limiter.limit;
      if (failure.kind === "limited") limiter.onLimited(now, startedAt, failure.retryAfterMs);
      if (failure.kind === "passing") limiter.onFailure(now);
      limiter.onHeaders(now, headersOf(error));
      this.#noteLimit(member, before);
      return { failure, endpoint: name };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      limiter.onEnd();
      this.#pump();
    }
  }

  #noteLatency(latencyMs: number): void {
    if (this.#options.hedgeQuantile === null) return;
    this.#recent.push(latencyMs);
    if (this.#recent.length > 200) this.#recent.shift();
  }

  #noteLimit({ name, limiter }: Member<E>, before: number): void {
    if (limiter.limit !== before) this.#onEvent({ type: "concurrency", endpoint: name, limit: limiter.limit });
  }
}

interface Hedged<T> {
  readonly tried: Tried<T>;
  readonly attempts: number;
  readonly isHedged: boolean;
}

type Tried<T> =
  | { readonly value: T; readonly latencyMs: number; readonly endpoint: string }
  | { readonly failure: Failure; readonly endpoint: string };
