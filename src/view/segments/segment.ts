import { z } from "zod";
import type { Bits, Table } from "../query/index.ts";
import { eachRising } from "../query/index.ts";
import { type Arrays, unpackArrays } from "./arrays.ts";

/** Raised whenever an index of an older version could no longer be read. */
export const indexVersion = 5;

export const damageSchema = z.object({ line: z.number(), at: z.number() });

const headSchema = z.object({
  /** Bytes of the records file that it covers. */
  from: z.number(),
  to: z.number(),
  /** Lines of the file before it, and in it. */
  firstLine: z.number(),
  lines: z.number(),
  rows: z.number(),
  items: z.number(),
  /** Prompts with an answer, whatever has come of it so far. */
  answered: z.number(),
  types: z.array(z.string()),
  principles: z.array(z.string()),
  divisions: z.array(z.string()),
  facets: z.array(z.tuple([z.string(), z.string()])),
  columns: z.array(z.string()),
  /** Records by type, and by "type: division". */
  counts: z.record(z.string(), z.number()),
  /** Of the items: numbers that are summed, and the item that shows a thing best. */
  tally: z.record(z.string(), z.number()),
  examples: z.record(z.string(), z.object({ score: z.number(), id: z.string() })),
  /** Lines that are no JSON: the first few, and how many there are. */
  damaged: z.array(damageSchema),
  damagedLines: z.number(),
  /** Records of a version that this program does not know, by version. */
  newer: z.record(z.string(), z.number()),
});
export type SegmentHead = z.infer<typeof headSchema>;

/** A record's place in its file, and the little that lists need of it. */
export interface Row {
  readonly at: number;
  readonly length: number;
  readonly type: string;
  readonly principle: string | undefined;
  readonly division: string | undefined;
  readonly round: number;
  readonly isMarked: boolean;
}

/** Rows that a hash may have: 53 bits hold a hash and a row's number. */
export const mostRowsOfSegment = 2 ** 21;
/** On a division's number: the row is marked. */
export const markedBit = 0x8000;

/** Where postings of words are read, which stay in the file. */
export type ReadPostings = (from: number, to: number) => Uint8Array;

/** A part of the index of a records file: rows, items, facets, words of a stretch of it. */
export class Segment implements Table {
  readonly head: SegmentHead;
  /** Number of its first item in the list. */
  readonly firstItem: number;
  readonly #arrays: Arrays;
  readonly #readPostings: ReadPostings;
  readonly #sets: ReadonlyMap<string, Bits>;

  constructor(bytes: Uint8Array<ArrayBuffer>, firstItem: number, readPostings: ReadPostings) {
    const { head, arrays } = unpackArrays(bytes);
    this.head = headSchema.parse(head);
    this.firstItem = firstItem;
    this.#arrays = arrays;
    this.#readPostings = readPostings;
    const width = (this.head.items + 31) >>> 5;
    const sets = arrays["sets"] as Uint32Array;
    this.#sets = new Map(
      this.head.facets.map(([facet, value], i) => [keyOf(facet, value), sets.subarray(i * width, (i + 1) * width)]),
    );
  }

  get n(): number {
    return this.head.items;
  }

  get facets(): SegmentHead["facets"] {
    return this.head.facets;
  }

  get columns(): SegmentHead["columns"] {
    return this.head.columns;
  }

  bits(facet: string, value: string): Bits | undefined {
    return this.#sets.get(keyOf(facet, value));
  }

  row(i: number): Row {
    const division = this.#at("divisions", i);
    return {
      at: this.#at("offsets", i),
      length: this.#at("lengths", i),
      type: this.head.types[this.#at("types", i)] ?? "",
      principle: this.head.principles[this.#at("principles", i) - 1],
      division: this.head.divisions[(division & ~markedBit) - 1],
      round: this.#at("rounds", i),
      isMarked: (division & markedBit) !== 0,
    };
  }

  /** Numbers of the rows of an item. */
  rowsOf(item: number): { readonly first: number; readonly n: number } {
    return { first: this.#at("firstRows", item), n: this.#at("rowCounts", item) };
  }

  /** The item that a row belongs to. */
  itemOf(row: number): number | undefined {
    const item = countBelow(this.head.items, (i) => this.#at("firstRows", i) <= row) - 1;
    if (item < 0) return undefined;
    const { first, n } = this.rowsOf(item);
    return row < first + n ? item : undefined;
  }

  /** Rows of a type that were made in this round or step. */
  rowsOfRound(type: string, round: number): number[] {
    const [types, rounds] = [this.#arrays["types"] ?? [], this.#arrays["rounds"] ?? []];
    const wanted = this.head.types.indexOf(type);
    const rows: number[] = [];
    for (let i = 0; i < this.head.rows; i++) if (rounds[i] === round && types[i] === wanted) rows.push(i);
    return rows;
  }

  /** Rounds or steps in which records of a type were made. */
  roundsOf(type: string): ReadonlySet<number> {
    const [types, rounds] = [this.#arrays["types"] ?? [], this.#arrays["rounds"] ?? []];
    const wanted = this.head.types.indexOf(type);
    const found = new Set<number>();
    for (let i = 0; wanted >= 0 && i < this.head.rows; i++) if (types[i] === wanted) found.add(rounds[i] ?? 0);
    return found;
  }

  column(name: string, item: number): number {
    const column = this.head.columns.indexOf(name);
    return column < 0 ? Number.NaN : this.#at("columns", column * this.head.items + item);
  }

  /** Rows whose id, or one of whose parents, has this hash: others may have it too. */
  rowsByHash(of: "ids" | "parents", hash: number): number[] {
    const table = this.#arrays[of] ?? [];
    const key = hash * mostRowsOfSegment;
    const rows: number[] = [];
    for (let i = countBelow(table.length, (at) => (table[at] ?? 0) < key); i < table.length; i++) {
      const row = (table[i] ?? 0) - key;
      if (row >= mostRowsOfSegment) break;
      rows.push(row);
    }
    return rows;
  }

  /** Every row with the hash of its id. */
  *idHashes(): Generator<{ readonly row: number; readonly hash: number }, void, undefined> {
    for (const key of this.#arrays["ids"] ?? []) {
      yield { row: key % mostRowsOfSegment, hash: Math.floor(key / mostRowsOfSegment) };
    }
  }

  eachHolding(word: string, isPrefix: boolean, visit: (item: number) => void): void {
    const wanted = Buffer.from(word);
    const n = this.#arrays["wordEnds"]?.length ?? 0;
    const start = countBelow(n, (i) => Buffer.compare(this.#word(i), wanted) < 0);
    for (let i = start; i < n; i++) {
      const found = this.#word(i);
      if (isPrefix ? !found.subarray(0, wanted.length).equals(wanted) : !found.equals(wanted)) break;
      eachRising(this.#readPostings(i === 0 ? 0 : this.#at("postingEnds", i - 1), this.#at("postingEnds", i)), visit);
    }
  }

  #word(i: number): Buffer {
    const words = this.#arrays["words"] as Uint8Array;
    const from = i === 0 ? 0 : this.#at("wordEnds", i - 1);
    return Buffer.from(words.buffer, words.byteOffset + from, this.#at("wordEnds", i) - from);
  }

  #at(array: string, i: number): number {
    return this.#arrays[array]?.[i] ?? 0;
  }
}

function keyOf(facet: string, value: string): string {
  return `${facet}\n${value}`;
}

/** How many of n come before: `isBefore` holds for the first so many and for no later one. */
function countBelow(n: number, isBefore: (i: number) => boolean): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
