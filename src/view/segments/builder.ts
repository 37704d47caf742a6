import { SCHEMA_VERSION } from "../../records/index.ts";
import { hash32 } from "../../rng.ts";
import { addBit, emptyBits } from "../query/index.ts";
import { packArrays } from "./arrays.ts";
import { divisionOf, type Item, type Listing, namesIn, type RawRecord, textIn } from "./listing.ts";
import { markedBit, mostRowsOfSegment, type SegmentHead } from "./segment.ts";
import { WordTable } from "./word-table.ts";

/** A segment as it is stored: what is held in memory, and the postings of its words behind it. */
export interface BuiltSegment {
  readonly resident: Uint8Array<ArrayBuffer>;
  readonly postings: Uint8Array<ArrayBuffer>;
}

const shownDamages = 20;

/** Makes a segment of records that come in the order of their file, those of a group one behind the other. */
export class SegmentBuilder {
  readonly #listing: Listing | undefined;
  readonly #from: number;
  readonly #firstLine: number;
  readonly #offsets: number[] = [];
  readonly #lengths: number[] = [];
  readonly #types: number[] = [];
  readonly #principles: number[] = [];
  readonly #divisions: number[] = [];
  readonly #rounds: number[] = [];
  readonly #ids: number[] = [];
  readonly #parents: number[] = [];
  readonly #names = { types: new Names(), principles: new Names(), divisions: new Names() };
  readonly #firstRows: number[] = [];
  readonly #rowCounts: number[] = [];
  readonly #columns: number[][];
  readonly #facets = new Map<string, { readonly key: [string, string]; readonly items: number[] }>();
  readonly #words = new WordTable();
  readonly #counts: Record<string, number> = {};
  readonly #damaged: { line: number; at: number }[] = [];
  readonly #newer: Record<string, number> = {};
  readonly #tally: Record<string, number> = {};
  readonly #examples: Record<string, { readonly score: number; readonly id: string }> = {};
  #damagedLines = 0;
  #answered = 0;
  #lines = 0;
  #group: { readonly name: string; readonly firstRow: number; readonly records: RawRecord[] } | undefined;

  constructor(listing: Listing | undefined, from: number, firstLine: number) {
    this.#listing = listing;
    this.#from = from;
    this.#firstLine = firstLine;
    this.#columns = (listing?.columns ?? []).map(() => []);
  }

  get rows(): number {
    return this.#offsets.length;
  }

  /** Whether a segment may end before this record, because it does not go on with the group before it. */
  isBoundary(record: RawRecord): boolean {
    return this.#group === undefined || this.#listing?.groupOf(record) !== this.#group.name;
  }

  /** Whether no further row fits. */
  get isFull(): boolean {
    return this.rows >= mostRowsOfSegment - 1;
  }

  addLine(): void {
    this.#lines += 1;
  }

  addDamage(at: number): void {
    this.#damagedLines += 1;
    if (this.#damaged.length < shownDamages) this.#damaged.push({ line: this.#firstLine + this.#lines, at });
  }

  add(record: RawRecord, at: number, length: number): void {
    const row = this.rows;
    const type = textIn(record, "type") ?? "";
    const division = divisionOf(record);
    const round = record["round"] ?? record["step"];
    this.#offsets.push(at);
    this.#lengths.push(length);
    this.#types.push(this.#names.types.numberOf(type));
    this.#principles.push(this.#names.principles.numberAfterOne(textIn(record, "principleId")));
    this.#divisions.push(this.#names.divisions.numberAfterOne(division));
    this.#rounds.push(typeof round === "number" ? Math.min(0xffff, Math.max(0, round)) : 0);
    this.#ids.push(hash32(textIn(record, "id") ?? "") * mostRowsOfSegment + row);
    for (const parent of namesIn(record, "parents")) this.#parents.push(hash32(parent) * mostRowsOfSegment + row);
    for (const name of division === undefined ? [type] : [type, `${type}: ${division}`]) {
      this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    }
    const version = record["schemaVersion"];
    const isNewer = version !== undefined && version !== SCHEMA_VERSION;
    if (isNewer) this.#newer[String(version)] = (this.#newer[String(version)] ?? 0) + 1;
    const name = isNewer ? undefined : this.#listing?.groupOf(record);
    if (this.#group !== undefined && this.#group.name !== name) this.#closeGroup();
    if (name === undefined) return;
    this.#group ??= { name, firstRow: row, records: [] };
    this.#group.records.push(record);
  }

  finish(to: number): BuiltSegment {
    this.#closeGroup();
    const items = this.#firstRows.length;
    const facets = [...this.#facets.values()];
    const width = (items + 31) >>> 5;
    const sets = new Uint32Array(facets.length * width);
    for (const [i, { items: members }] of facets.entries()) {
      const bits = emptyBits(items);
      for (const item of members) addBit(bits, item);
      sets.set(bits, i * width);
    }
    const { words, wordEnds, postings, postingEnds } = this.#words.pack();
    const head: SegmentHead = {
      from: this.#from,
      to,
      firstLine: this.#firstLine,
      lines: this.#lines,
      rows: this.rows,
      items,
      answered: this.#answered,
      types: this.#names.types.all,
      principles: this.#names.principles.all,
      divisions: this.#names.divisions.all,
      facets: facets.map(({ key }) => key),
      columns: [...(this.#listing?.columns ?? [])],
      counts: this.#counts,
      tally: this.#tally,
      examples: this.#examples,
      damaged: this.#damaged,
      damagedLines: this.#damagedLines,
      newer: this.#newer,
    };
    const resident = packArrays(head, {
      offsets: Float64Array.from(this.#offsets),
      ids: Float64Array.from(this.#ids).sort(),
      parents: Float64Array.from(this.#parents).sort(),
      lengths: Uint32Array.from(this.#lengths),
      firstRows: Uint32Array.from(this.#firstRows),
      rowCounts: Uint32Array.from(this.#rowCounts),
      sets,
      wordEnds,
      postingEnds,
      columns: Float32Array.from(this.#columns.flat()),
      principles: Uint16Array.from(this.#principles),
      divisions: Uint16Array.from(this.#divisions),
      rounds: Uint16Array.from(this.#rounds),
      types: Uint8Array.from(this.#types),
      words,
    });
    return { resident, postings };
  }

  #closeGroup(): void {
    const group = this.#group;
    this.#group = undefined;
    if (group?.records.some(({ type }) => type === "response")) this.#answered += 1;
    const item = group === undefined ? undefined : this.#listing?.derive(group.records);
    if (group === undefined || item === undefined) return;
    this.#addItem(item, group.firstRow, group.records);
  }

  #addItem(item: Item, firstRow: number, records: readonly RawRecord[]): void {
    const number = this.#firstRows.length;
    this.#firstRows.push(firstRow);
    this.#rowCounts.push(records.length);
    for (const [i, name] of (this.#listing?.columns ?? []).entries()) {
      this.#columns[i]?.push(item.columns[name] ?? Number.NaN);
    }
    for (const [facet, values] of Object.entries(item.facets)) {
      for (const value of values) {
        const key = `${facet}\n${value}`;
        const set = this.#facets.get(key) ?? { key: [facet, value], items: [] };
        this.#facets.set(key, set);
        set.items.push(number);
      }
    }
    for (const [key, n] of Object.entries(item.tally ?? {})) this.#tally[key] = (this.#tally[key] ?? 0) + n;
    for (const [key, example] of Object.entries(item.examples ?? {})) {
      if (example.score > (this.#examples[key]?.score ?? Number.NEGATIVE_INFINITY)) this.#examples[key] = example;
    }
    for (const text of item.texts) this.#words.add(text, number);
    for (const [i, record] of records.entries()) {
      if (!item.marked.has(textIn(record, "id") ?? "")) continue;
      this.#divisions[firstRow + i] = (this.#divisions[firstRow + i] ?? 0) | markedBit;
    }
  }
}

/** Names by number, in the order in which they came. */
class Names {
  readonly all: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.push(name) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  /** From 1 on; 0 for none. */
  numberAfterOne(name: string | undefined): number {
    return name === undefined ? 0 : this.numberOf(name) + 1;
  }
}
