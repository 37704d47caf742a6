/** Tokens that fill up again: `burst` at once, then `perMinute`. In memory alone: who came from where is written nowhere. */
export class RateLimit {
  readonly #perMs: number;
  readonly #burst: number;
  readonly #now: () => number;
  /** By key: tokens left, and when they were counted. */
  #buckets = new Map<string, { left: number; at: number }>();

  constructor(perMinute: number, burst: number, now: () => number = Date.now) {
    this.#perMs = perMinute / 60_000;
    this.#burst = burst;
    this.#now = now;
  }

  /** Seconds to wait, 0 where the key may go on. */
  take(key: string): number {
    const at = this.#now();
    const bucket = this.#buckets.get(key) ?? { left: this.#burst, at };
    const left = Math.min(this.#burst, bucket.left + (at - bucket.at) * this.#perMs);
    if (this.#buckets.size > 200_000) this.#forgetFull(at);
    this.#buckets.set(key, { left: left < 1 ? left : left - 1, at });
    return left >= 1 ? 0 : this.#perMs === 0 ? 3600 : Math.ceil((1 - left) / this.#perMs / 1000);
  }

  /** Whoever has all tokens again need not be remembered. */
  #forgetFull(at: number): void {
    for (const [key, bucket] of this.#buckets)
      if (bucket.left + (at - bucket.at) * this.#perMs >= this.#burst) this.#buckets.delete(key);
  }
}
