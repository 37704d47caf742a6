/** The median, the 95th percentile and the most of times in milliseconds. */
export interface Latency {
  readonly n: number;
  readonly median: number;
  readonly p95: number;
  readonly most: number;
}

/** A quantile is off by at most this share of itself. */
const accuracy = 0.01;
const base = (1 + accuracy) / (1 - accuracy);
/** Milliseconds below which a time counts as none: audit lines round to it. */
const least = 0.001;

/** Quantiles by nearest rank of ever so many times in flat memory: counts in buckets that grow by a constant factor (DDSketch; Masson, Rim & Lee 2019, §2). */
export class LatencySketch {
  readonly #buckets = new Map<number, number>();
  #n = 0;
  #most = 0;

  add(ms: number): void {
    const bucket = ms < least ? Number.NEGATIVE_INFINITY : Math.ceil(Math.log(ms) / Math.log(base));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#n += 1;
    this.#most = Math.max(this.#most, ms);
  }

  /** Undefined where nothing was added. */
  read(): Latency | undefined {
    if (this.#n === 0) return undefined;
    const buckets = [...this.#buckets].sort(([a], [b]) => a - b);
    const at = (share: number): number => {
      let left = Math.max(1, Math.ceil(share * this.#n));
      const [bucket = 0] =
        buckets.find(([, count]) => {
          left -= count;
          return left <= 0;
        }) ?? [];
      return bucket === Number.NEGATIVE_INFINITY ? 0 : Math.min(this.#most, (2 * base ** bucket) / (base + 1));
    };
    return { n: this.#n, median: at(0.5), p95: at(0.95), most: this.#most };
  }
}
