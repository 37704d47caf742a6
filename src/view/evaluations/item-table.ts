import type { ListIndex, ListPiece, Place } from "../lists/list-reader.ts";
import { addBit, type Bits, emptyBits } from "../query/index.ts";
import type { Segment } from "../segments/segment.ts";
import type { Answer } from "./answers.ts";

/** What an item of a suite, or of two checkpoints compared, is filtered by. */
export interface TableItem {
  readonly answers: readonly Answer[];
  /** By facet. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Items that are put together out of several answers, as a list: their words stand in the index of their answers. */
export class ItemTable implements ListPiece {
  readonly firstItem = 0;
  readonly n: number;
  readonly facets: readonly (readonly [facet: string, value: string])[];
  readonly columns: readonly string[] = [];
  readonly #sets = new Map<string, Bits>();
  /** By segment and number in it, the number of the item that an answer is of. */
  readonly #items = new Map<Segment, Int32Array>();

  constructor(items: readonly TableItem[]) {
    this.n = items.length;
    const facets = new Map<string, readonly [string, string]>();
    for (const [i, { answers, values }] of items.entries()) {
      for (const [facet, own] of Object.entries(values)) {
        for (const value of own) {
          const key = keyOf(facet, value);
          const set = this.#sets.get(key) ?? emptyBits(this.n);
          addBit(set, i);
          this.#sets.set(key, set);
          facets.set(key, [facet, value]);
        }
      }
      for (const { at } of answers) {
        const own = this.#items.get(at.segment) ?? new Int32Array(at.segment.n).fill(-1);
        own[at.item] = i;
        this.#items.set(at.segment, own);
      }
    }
    this.facets = [...facets.values()];
  }

  bits(facet: string, value: string): Bits | undefined {
    return this.#sets.get(keyOf(facet, value));
  }

  column(): number {
    return Number.NaN;
  }

  eachHolding(word: string, isPrefix: boolean, visit: (item: number) => void): void {
    for (const [segment, items] of this.#items) {
      segment.eachHolding(word, isPrefix, (answer) => {
        const item = items[answer] ?? -1;
        if (item >= 0) visit(item);
      });
    }
  }
}

/** A list that is this one piece. */
export function indexOf(table: ItemTable): ListIndex<ItemTable> {
  return { segments: [table], version: 0, items: table.n };
}

/** Where an item stands; undefined for none. */
export function placeIn(segment: ItemTable, item: number): Place<ItemTable> | undefined {
  return item < 0 ? undefined : { segment, item };
}

const keyOf = (facet: string, value: string): string => JSON.stringify([facet, value]);
