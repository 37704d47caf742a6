/** Statements in an order, and the place of each in it: the same for many tables. */
export interface Listed {
  readonly statements: readonly string[];
  readonly places: ReadonlyMap<string, number>;
}

export function listStatements(statements: readonly string[]): Listed {
  return { statements, places: new Map(statements.map((statement, place) => [statement, place])) };
}

/** A drawn statement, and the probability with which it was drawn: exposure can be corrected for it. */
export interface Served {
  readonly statement: string;
  readonly propensity: number;
}

/**
 * Draws statements with probability floor / n + (1 - floor) weight / sum, among those that a person has not yet seen. Prefix sums:
 * a draw costs log n · log k steps for n statements and k seen ones, whatever n is, and no statement is too new to be offered.
 */
export class RoutingTable {
  readonly #listed: Listed;
  /** #sums[i]: probability of all statements before i. */
  readonly #sums: Float64Array;

  /**
   * @param weights of the statements in their order, each above 0
   * @param floor share of the draws that is uniform, 0 to 1: nothing is starved of votes by its priority
   */
  constructor(listed: Listed, weights: Float64Array, floor: number) {
    if (!(floor >= 0 && floor <= 1)) throw new RangeError(`a floor of ${floor}, where one of 0 to 1 was expected`);
    this.#listed = listed;
    let sum = 0;
    for (const weight of weights) {
      if (!(weight > 0 && weight < Infinity))
        throw new RangeError(`a weight of ${weight}, where one above 0 was expected`);
      sum += weight;
    }
    this.#sums = new Float64Array(weights.length + 1);
    const even = floor / weights.length;
    for (let i = 0; i < weights.length; i++)
      this.#sums[i + 1] = (this.#sums[i] as number) + even + ((1 - floor) * (weights[i] as number)) / sum;
  }

  get size(): number {
    return this.#listed.statements.length;
  }

  /** Statements on offer that are none of `seen`. */
  countOpen(seen: Iterable<string>): number {
    return this.size - this.#placesOf(seen).length;
  }

  /**
   * One statement that is none of `seen` (voted on already, or the person's own); undefined when none is left.
   * @param u uniform in [0, 1)
   */
  draw(u: number, seen: Iterable<string>): Served | undefined {
    const hidden = this.#placesOf(seen);
    if (hidden.length >= this.size) return undefined;
    // hiddenSums[i]: probability of the first i hidden statements.
    const hiddenSums = new Float64Array(hidden.length + 1);
    for (const [i, place] of hidden.entries()) hiddenSums[i + 1] = (hiddenSums[i] ?? 0) + this.#probability(place);
    const mass = this.#sum(this.size) - (hiddenSums[hidden.length] ?? 0);
    const target = u * mass;
    /** Probability of the open statements among the first `end`. */
    const openBefore = (end: number): number => this.#sum(end) - (hiddenSums[countBelow(hidden, end)] ?? 0);
    let [low, high] = [0, this.size - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (openBefore(middle + 1) > target) high = middle;
      else low = middle + 1;
    }
    const place = this.#nearestOpen(low, hidden);
    return { statement: this.#listed.statements[place] ?? "", propensity: this.#probability(place) / mass };
  }

  /** Rounding may end the search at a hidden statement, whose share is nothing. */
  #nearestOpen(start: number, hidden: Int32Array): number {
    const isHidden = (place: number): boolean => hidden[countBelow(hidden, place)] === place;
    let place = start;
    while (place < this.size && isHidden(place)) place += 1;
    if (place < this.size) return place;
    place = start;
    while (isHidden(place)) place -= 1;
    return place;
  }

  #placesOf(seen: Iterable<string>): Int32Array {
    const places = new Set<number>();
    for (const statement of seen) {
      const place = this.#listed.places.get(statement);
      if (place !== undefined) places.add(place);
    }
    return Int32Array.from(places).sort();
  }

  #sum(end: number): number {
    return this.#sums[end] ?? 0;
  }

  #probability(place: number): number {
    return this.#sum(place + 1) - this.#sum(place);
  }
}

/** How many of the sorted numbers are below `limit`. */
function countBelow(sorted: Int32Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
