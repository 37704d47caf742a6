import { addAll, addBit, allBits, type Bits, countCommon, emptyBits, keepCommon } from "./bits.ts";
import type { Query } from "./query.ts";
import type { Term } from "./words.ts";

/** Items of a list with what they are filtered by; a list may stand in several pieces. */
export interface Table {
  readonly n: number;
  /** The items that have this value; undefined where none has. */
  bits(facet: string, value: string): Bits | undefined;
  /** Calls back with the items that hold this word, or one that begins with it. */
  eachHolding(word: string, isPrefix: boolean, visit: (item: number) => void): void;
}

/** What fits, in one piece of a list. */
export interface Matches {
  readonly bits: Bits;
  /** Items by facet that fit all other facets: `countValue` counts them by value. */
  readonly beside: (facet: string) => Bits;
}

/** Of the items that hold its words, those that fit a query. */
export function filterTable(table: Table, { facets }: Query, held: Bits): Matches {
  const chosen = Object.entries(facets).filter(([, values]) => values.length > 0);
  const sets = chosen.map(([facet, values]) => [facet, anyOf(table, facet, values)] as const);
  const without = (facet: string | undefined): Bits => {
    const bits = held.slice();
    for (const [name, set] of sets) if (name !== facet) keepCommon(bits, set);
    return bits;
  };
  const bits = without(undefined);
  const isChosen = new Set(chosen.map(([facet]) => facet));
  return { bits, beside: (facet) => (isChosen.has(facet) ? without(facet) : bits) };
}

/** How many items that fit the other facets have this value. */
export function countValue(table: Table, beside: Bits, facet: string, value: string): number {
  const set = table.bits(facet, value);
  return set === undefined ? 0 : countCommon(beside, set);
}

function anyOf(table: Table, facet: string, values: readonly string[]): Bits {
  const bits = emptyBits(table.n);
  for (const value of values) {
    const set = table.bits(facet, value);
    if (set !== undefined) addAll(bits, set);
  }
  return bits;
}

/** Items that hold every word of the terms, in whatever order the words of a term stand. */
export function holdingAll(table: Table, terms: readonly Term[]): Bits {
  const all = allBits(table.n);
  for (const { words, isPrefix } of terms) {
    for (const [i, word] of words.entries()) {
      const bits = emptyBits(table.n);
      table.eachHolding(word, isPrefix && i === words.length - 1, (item) => addBit(bits, item));
      keepCommon(all, bits);
    }
  }
  return all;
}
