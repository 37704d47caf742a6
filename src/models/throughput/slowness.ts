const TOLERANCE = 2;
/** How fast the lowest latency is forgotten, per window. */
const BASELINE_DRIFT = 1.001;
const SHORTEST_WINDOW = 16;

interface Window {
  readonly count: number;
  readonly sum: number;
  readonly length: number;
}

/** Judges by mean latencies, in windows of as many calls as the limit, whether an endpoint has more to do than it can. */
export class Slowness {
  /** The lowest mean of a kind of call, slowly forgotten. */
  readonly #baselines = new Map<string, number>();
  readonly #windows = new Map<string, Window>();
  /** The limit at which a slow spell began, and its slowest mean. */
  #spell: { readonly limit: number; readonly mean: number } | undefined;
  #isSettling = false;

  /**
   * The limit that one more latency asks for: lower above twice the lowest mean, unless falling by half did not help, for
   * then this is the latency now; "fine" when a window is complete and was not slow; undefined when there is nothing to say.
   */
  judge(kind: string, latencyMs: number, limit: number): number | "fine" | undefined {
    const mean = this.#meanOf(kind, latencyMs, limit);
    if (mean === undefined) return undefined;
    const baseline = this.#baselines.get(kind) ?? mean;
    this.#baselines.set(kind, Math.min(baseline * BASELINE_DRIFT, mean));
    if (mean <= TOLERANCE * baseline + 10) {
      this.#spell = undefined;
      this.#isSettling = false;
      return "fine";
    }
    const spell = { limit: this.#spell?.limit ?? limit, mean: Math.max(this.#spell?.mean ?? 0, mean) };
    this.#spell = spell;
    // What ends in the window after a cut was sent before it.
    this.#isSettling = !this.#isSettling;
    if (!this.#isSettling) return limit;
    if (limit > 0.5 * spell.limit) return Math.max(1, limit * 0.8);
    this.#spell = undefined;
    if (mean <= 0.75 * spell.mean) return limit;
    this.#baselines.set(kind, mean);
    return spell.limit;
  }

  /** The mean of a kind of call once a window is complete; its length is the limit where it began. */
  #meanOf(kind: string, latencyMs: number, limit: number): number | undefined {
    const window = this.#windows.get(kind) ?? { count: 0, sum: 0, length: Math.max(SHORTEST_WINDOW, limit) };
    const [count, sum] = [window.count + 1, window.sum + latencyMs];
    if (count < window.length) {
      this.#windows.set(kind, { ...window, count, sum });
      return undefined;
    }
    this.#windows.delete(kind);
    return sum / count;
  }
}
