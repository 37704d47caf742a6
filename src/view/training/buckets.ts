/** [step, value], or with an interval [step, value, low, high]. */
export type Point = readonly number[];

interface Bucket {
  readonly from: number;
  least: Point;
  most: Point;
}

/**
 * The least and the most of a number in each stretch of steps, of however many steps: stretches are joined in pairs as they become
 * too many, so that no peak is lost and memory stays the same.
 */
export class Buckets {
  readonly #mostBuckets: number;
  #width = 1;
  #buckets: Bucket[] = [];

  /** @param mostPoints two a stretch. */
  constructor(mostPoints: number) {
    this.#mostBuckets = Math.max(1, Math.floor(mostPoints / 2));
  }

  /** Steps come in order. */
  add(step: number, value: number): void {
    const point = [step, value];
    this.#put({ from: this.#startOf(step), least: point, most: point });
    while (this.#buckets.length > this.#mostBuckets) this.#widen();
  }

  /** In the order of the steps; a stretch of one value is one point. */
  points(): Point[] {
    return this.#buckets.flatMap(({ least, most }) =>
      least === most ? [least] : [least, most].sort(([a = 0], [b = 0]) => a - b),
    );
  }

  #startOf(step: number): number {
    return Math.floor(step / this.#width) * this.#width;
  }

  #put(bucket: Bucket): void {
    const last = this.#buckets.at(-1);
    if (last === undefined || last.from !== bucket.from) {
      this.#buckets.push(bucket);
      return;
    }
    if ((bucket.least[1] ?? 0) < (last.least[1] ?? 0)) last.least = bucket.least;
    if ((bucket.most[1] ?? 0) > (last.most[1] ?? 0)) last.most = bucket.most;
  }

  #widen(): void {
    this.#width *= 2;
    const narrow = this.#buckets;
    this.#buckets = [];
    for (const { from, least, most } of narrow) this.#put({ from: this.#startOf(from), least, most });
  }
}
