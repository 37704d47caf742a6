import type { AnyRecord } from "../runs/index.ts";
import { IdSet } from "../storage/index.ts";

/** Which record was made from which, in numbers instead of ids, so that a million records fit. */
export class Descent {
  readonly #ids = new IdSet();
  /** Of each record its last edge; of each edge the record it leads to and the edge before it. */
  readonly #lastEdge: number[] = [];
  readonly #to: number[] = [];
  readonly #before: number[] = [];

  add({ id, parents }: AnyRecord): void {
    const child = this.#numberOf(id);
    for (const parent of Array.isArray(parents) ? parents : []) {
      if (typeof parent !== "string") continue;
      const from = this.#numberOf(parent);
      this.#before.push(this.#lastEdge[from] ?? -1);
      this.#lastEdge[from] = this.#to.push(child) - 1;
    }
  }

  /** The record's number; undefined for one that was not added. */
  find(id: string): number | undefined {
    return this.#ids.placeOf(id);
  }

  /** A record and all that was made from it, each with the steps to it; a circle is walked once. */
  from(number: number): Map<number, number> {
    const steps = new Map([[number, 0]]);
    for (const [own, far] of steps) {
      for (let edge = this.#lastEdge[own] ?? -1; edge >= 0; edge = this.#before[edge] ?? -1) {
        const child = this.#to[edge];
        if (child !== undefined && !steps.has(child)) steps.set(child, far + 1);
      }
    }
    return steps;
  }

  #numberOf(id: string): number {
    const known = this.#ids.placeOf(id);
    if (known !== undefined) return known;
    const number = this.#ids.size;
    this.#ids.add(id, number);
    this.#lastEdge.push(-1);
    return number;
  }
}
