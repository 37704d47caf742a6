import { hash32 } from "../rng.ts";

/**
 * Which ids were seen, and where, in 12 bytes each instead of a string: 64 bits of hash, open addressing. Two of a million different
 * ids share their hash with a chance of 3e-8.
 */
export class IdSet {
  #low = new Uint32Array(1 << 10);
  #high = new Uint32Array(1 << 10);
  #places = new Uint32Array(1 << 10);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: string): boolean {
    return this.placeOf(id) !== undefined;
  }

  /** What was added with the id, e.g. its line; undefined where it was not. */
  placeOf(id: string): number | undefined {
    const [low, high] = hashOf(id);
    const place = this.#place(low, high);
    return this.#low[place] === 0 && this.#high[place] === 0 ? undefined : this.#places[place];
  }

  /** False when it was there before. */
  add(id: string, at = 0): boolean {
    const [low, high] = hashOf(id);
    const place = this.#place(low, high);
    if (this.#low[place] !== 0 || this.#high[place] !== 0) return false;
    this.#low[place] = low;
    this.#high[place] = high;
    this.#places[place] = at;
    this.#size += 1;
    if (this.#size * 2 > this.#low.length) this.#grow();
    return true;
  }

  /** Where this hash stands, or the free place where it would. */
  #place(low: number, high: number): number {
    const mask = this.#low.length - 1;
    let place = low & mask;
    while (
      (this.#low[place] !== 0 || this.#high[place] !== 0) &&
      (this.#low[place] !== low || this.#high[place] !== high)
    ) {
      place = (place + 1) & mask;
    }
    return place;
  }

  #grow(): void {
    const [low, high, places] = [this.#low, this.#high, this.#places];
    this.#low = new Uint32Array(low.length * 2);
    this.#high = new Uint32Array(low.length * 2);
    this.#places = new Uint32Array(low.length * 2);
    for (let i = 0; i < low.length; i++) {
      const [a = 0, b = 0] = [low[i], high[i]];
      if (a === 0 && b === 0) continue;
      const place = this.#place(a, b);
      this.#low[place] = a;
      this.#high[place] = b;
      this.#places[place] = places[i] ?? 0;
    }
  }
}

/** Never (0, 0), which stands for a free place. */
function hashOf(id: string): readonly [number, number] {
  return [hash32(id), hash32(id, 0x243f6a88) || 1];
}
