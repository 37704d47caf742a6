/** What was seen in a stretch of time. */
export interface TimeBin {
  /** Milliseconds since 1970, UTC. */
  readonly from: number;
  readonly texts: number;
  /** By principle: texts that were acted on, and texts in which anything was found. */
  readonly acted: ReadonlyMap<string, number>;
  readonly found: ReadonlyMap<string, number>;
}

interface OpenBin {
  texts: number;
  readonly acted: Map<string, number>;
  readonly found: Map<string, number>;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
/** Widths that people know. */
const widths = [minute, 10 * minute, hour, 6 * hour, day, 7 * day, 28 * day, 364 * day] as const;
/** More than so many stand too close to be told apart. */
const mostBins = 48;

/** Counts over time, in the narrowest bins of which there are few: they widen as a log grows, whatever the order of its lines. */
export class TimeBins {
  #width = 0;
  #bins = new Map<number, OpenBin>();

  get widthMs(): number {
    return widths[this.#width] ?? day;
  }

  add(at: number, principles: Iterable<string>, isActed: boolean): void {
    const bin = this.#open(at);
    bin.texts += 1;
    for (const id of principles) {
      count(bin.found, id, 1);
      if (isActed) count(bin.acted, id, 1);
    }
    while (this.#bins.size > mostBins && this.#width < widths.length - 1) this.#widen();
  }

  /** In the order of time, those without a text left out. */
  read(): TimeBin[] {
    return [...this.#bins].sort(([a], [b]) => a - b).map(([key, bin]) => ({ from: key * this.widthMs, ...bin }));
  }

  #open(at: number): OpenBin {
    const key = Math.floor(at / this.widthMs);
    const known = this.#bins.get(key) ?? { texts: 0, acted: new Map(), found: new Map() };
    this.#bins.set(key, known);
    return known;
  }

  #widen(): void {
    const before = this.read();
    this.#width += 1;
    this.#bins = new Map();
    for (const { from, texts, acted, found } of before) {
      const bin = this.#open(from);
      bin.texts += texts;
      for (const [id, n] of acted) count(bin.acted, id, n);
      for (const [id, n] of found) count(bin.found, id, n);
    }
  }
}

function count(counts: Map<string, number>, id: string, n: number): void {
  counts.set(id, (counts.get(id) ?? 0) + n);
}
