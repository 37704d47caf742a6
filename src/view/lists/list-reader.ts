import { PreceptError } from "../../errors.ts";
import {
  addBit,
  type Bits,
  countValue,
  emptyBits,
  filterTable,
  hasBit,
  holdingAll,
  holdsTerms,
  parseTerms,
  type Query,
  type Range,
  type Table,
  type Term,
  wordsOf,
} from "../query/index.ts";
import type { Segment } from "../segments/segment.ts";
import type { Facet } from "../source.ts";

/** How a facet is called and in what order its values stand. */
export interface FacetDefinition {
  readonly id: string;
  readonly title: string;
  /** Values that are shown though no item has them, in this order before all others. */
  readonly values?: readonly string[] | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** A piece of a list: what its items are filtered and ordered by. */
export interface ListPiece extends Table {
  /** Number of its first item in the list. */
  readonly firstItem: number;
  /** Facets with a value of theirs. */
  readonly facets: readonly (readonly [facet: string, value: string])[];
  readonly columns: readonly string[];
  column(name: string, item: number): number;
}

/** Items of a list by their place: a piece and a number in it. */
export interface Place<Piece extends ListPiece = Segment> {
  readonly segment: Piece;
  readonly item: number;
}

/** What is read of an index. */
export interface ListIndex<Piece extends ListPiece = Segment> {
  readonly segments: readonly Piece[];
  /** Changes with the segments. */
  readonly version: number;
  readonly items: number;
}

export interface Selection<Piece extends ListPiece = Segment> {
  readonly matching: number;
  readonly isExact: boolean;
  readonly facets: readonly Facet[];
  readonly places: readonly Place<Piece>[];
  readonly from: number;
  /** Of the item that was asked for. */
  readonly position: number | null;
}

/** Milliseconds that a request reads candidates of a phrase for; the next one goes on. */
const readingBudget = 80;
const rememberedPhrases = 8;
/** The order of every list that is not its own: a log is read from its end. */
const lastFirst = "-place";

/** Filters, counts and orders the items of an index. */
export class ListReader<Piece extends ListPiece = Segment> {
  readonly #index: ListIndex<Piece>;
  readonly #textsOf: (place: Place<Piece>) => readonly string[];
  /** What reading has said of the candidates of a search, by the words typed; of one version of the index. */
  readonly #phrases = new Map<string, Phrase<Piece>>();
  #orders = new Map<string, Uint32Array>();
  #version = -1;

  constructor(index: ListIndex<Piece>, textsOf: (place: Place<Piece>) => readonly string[]) {
    this.#index = index;
    this.#textsOf = textsOf;
  }

  /**
   * @param tableOf a segment's facets, with further ones that stand in no index.
   * @throws PreceptError usage where the list has no such column to be ordered by.
   */
  select(
    query: Query,
    { from: first, n, at }: Omit<Range, "at"> & { readonly at?: Place<Piece> | undefined },
    definitions: readonly FacetDefinition[],
    tableOf: (segment: Piece) => Table = (segment) => segment,
  ): Selection<Piece> {
    this.#renew();
    const { segments } = this.#index;
    const terms = parseTerms(query.words ?? "");
    const phrase = terms.some(({ words }) => words.length > 1) ? this.#phraseOf(query.words ?? "", terms) : undefined;
    const tables = segments.map(tableOf);
    const match = () =>
      segments.map((segment, i) => filterTable(tables[i] ?? segment, query, chooseHeld(segment, i, terms, phrase)));
    let matches = match();
    if (phrase !== undefined) {
      const wanted = this.#order(
        matches.map(({ bits }) => bits),
        query.sort,
      );
      // What the list shows first, then what the other facets are counted from.
      if (this.#read(phrase, wanted, this.#order(phrase.held, undefined))) matches = match();
    }
    const places = this.#order(
      matches.map(({ bits }) => bits),
      query.sort,
    );
    const known = phrase === undefined ? places : places.filter((number) => phrase.isRead(this.#placeOf(number)));
    const found = at === undefined ? -1 : known.indexOf(at.segment.firstItem + at.item);
    const from = found < 0 ? first : found - (found % n);
    const rows = known.subarray(from, from + n);
    return {
      matching: places.length,
      isExact: phrase === undefined || phrase.isWhole,
      facets: definitions.map((definition) => ({
        id: definition.id,
        title: definition.title,
        values: valuesOf(definition, segments).map((value) => ({
          value,
          label: definition.labels?.[value] ?? value,
          count: matches.reduce(
            (sum, { beside }, i) => sum + countValue(tables[i] as Table, beside(definition.id), definition.id, value),
            0,
          ),
        })),
      })),
      places: Array.from(rows, (number) => this.#placeOf(number)),
      from,
      position: found < 0 ? null : found,
    };
  }

  /** Every item that fits, in order; of phrases all candidates are read. */
  *all(
    query: Query,
    tableOf: (segment: Piece) => Table = (segment) => segment,
  ): Generator<Place<Piece>, void, undefined> {
    this.#renew();
    const terms = parseTerms(query.words ?? "");
    const bits = this.#index.segments.map(
      (segment) => filterTable(tableOf(segment), query, holdingAll(segment, terms)).bits,
    );
    const needsReading = terms.some(({ words }) => words.length > 1);
    for (const number of this.#order(bits, query.sort)) {
      const place = this.#placeOf(number);
      if (!needsReading || holdsTerms(this.#textsOf(place).map(wordsOf), terms)) yield place;
    }
  }

  #renew(): void {
    if (this.#version === this.#index.version) return;
    this.#version = this.#index.version;
    this.#phrases.clear();
    this.#orders = new Map();
  }

  #phraseOf(typed: string, terms: readonly Term[]): Phrase<Piece> {
    const known = this.#phrases.get(typed);
    if (known !== undefined) return known;
    const [oldest] = this.#phrases.keys();
    if (this.#phrases.size >= rememberedPhrases && oldest !== undefined) this.#phrases.delete(oldest);
    const fresh = new Phrase(terms, this.#index.segments);
    this.#phrases.set(typed, fresh);
    return fresh;
  }

  /** Reads candidates until the time is over; true where it read any. */
  #read(phrase: Phrase<Piece>, ...candidates: readonly Uint32Array[]): boolean {
    if (phrase.isWhole) return false;
    const end = performance.now() + readingBudget;
    for (const numbers of candidates) {
      for (const number of numbers) {
        const place = this.#placeOf(number);
        if (phrase.isRead(place)) continue;
        phrase.add(place, this.#textsOf(place));
        if (performance.now() > end) return true;
      }
    }
    phrase.isWhole = true;
    return true;
  }

  /** Numbers of the items over all segments, in the order asked for. */
  #order(bits: readonly Bits[], sort: string | undefined): Uint32Array {
    const { segments } = this.#index;
    const numbers = new Uint32Array(this.#index.items);
    let n = 0;
    if (sort === undefined) {
      for (const [i, segment] of segments.entries()) {
        const own = bits[i] ?? emptyBits(0);
        for (let item = 0; item < segment.n; item++) if (hasBit(own, item)) numbers[n++] = segment.firstItem + item;
      }
    } else {
      for (const number of this.#orderBy(sort)) {
        const at = this.#segmentOf(number);
        const own = bits[at] ?? emptyBits(0);
        if (hasBit(own, number - (segments[at]?.firstItem ?? 0))) numbers[n++] = number;
      }
    }
    return numbers.subarray(0, n);
  }

  /** All items by a column; equal ones, and those without a number at the end, stay in order. */
  #orderBy(sort: string): Uint32Array {
    const known = this.#orders.get(sort);
    if (known !== undefined) return known;
    if (sort === lastFirst) {
      const order = Uint32Array.from({ length: this.#index.items }, (_, i) => this.#index.items - 1 - i);
      this.#orders.set(sort, order);
      return order;
    }
    const [column, sign] = sort.startsWith("-") ? [sort.slice(1), -1] : [sort, 1];
    this.#refuseUnknown(column);
    const keys = new Float64Array(this.#index.items);
    for (const segment of this.#index.segments) {
      for (let item = 0; item < segment.n; item++) {
        const value = segment.column(column, item);
        keys[segment.firstItem + item] = Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value;
      }
    }
    const order = Uint32Array.from(keys.keys()).sort((a, b) => compare(keys[a] ?? 0, keys[b] ?? 0) || a - b);
    this.#orders.set(sort, order);
    return order;
  }

  /** What anybody may ask for would be kept for good. */
  #refuseUnknown(column: string): void {
    const [piece] = this.#index.segments;
    if (piece === undefined || piece.columns.includes(column)) return;
    const known = piece.columns.flatMap((name) => [name, `-${name}`]);
    throw new PreceptError("usage", {
      attempted: "Ordering a list",
      found: `sort=${column}`,
      expected: known.length === 0 ? "no sort: this list has its own order alone" : `one of ${known.join(", ")}`,
    });
  }

  #segmentOf(number: number): number {
    const { segments } = this.#index;
    let [low, high] = [0, segments.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((segments[middle]?.firstItem ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #placeOf(number: number): Place<Piece> {
    const segment = this.#index.segments[this.#segmentOf(number)] as Piece;
    return { segment, item: number - segment.firstItem };
  }
}

/** Infinities are equal to each other. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is known of the candidates of a search whose words must stand one behind the other. */
class Phrase<Piece extends ListPiece> {
  /** Whether every candidate was read. */
  isWhole = false;
  readonly #terms: readonly Term[];
  readonly #read: ReadonlyMap<Piece, Bits>;
  readonly held: readonly Bits[];
  readonly #held: ReadonlyMap<Piece, Bits>;

  constructor(terms: readonly Term[], segments: readonly Piece[]) {
    this.#terms = terms;
    this.held = segments.map((segment) => holdingAll(segment, terms));
    this.#held = new Map(segments.map((segment, i) => [segment, this.held[i] ?? emptyBits(0)]));
    this.#read = new Map(segments.map((segment) => [segment, emptyBits(segment.n)]));
  }

  isRead({ segment, item }: Place<Piece>): boolean {
    const read = this.#read.get(segment);
    return read !== undefined && hasBit(read, item);
  }

  add({ segment, item }: Place<Piece>, texts: readonly string[]): void {
    const [read, held] = [this.#read.get(segment), this.#held.get(segment)];
    if (read === undefined || held === undefined) return;
    addBit(read, item);
    if (!holdsTerms(texts.map(wordsOf), this.#terms)) removeBit(held, item);
  }
}

function removeBit(bits: Bits, i: number): void {
  bits[i >>> 5] = (bits[i >>> 5] ?? 0) & ~(1 << (i & 31));
}

function chooseHeld<Piece extends ListPiece>(
  segment: Piece,
  i: number,
  terms: readonly Term[],
  phrase: Phrase<Piece> | undefined,
): Bits {
  return phrase?.held[i] ?? holdingAll(segment, terms);
}

/** Values of a facet: those that are always shown, then what the segments have, in order. */
function valuesOf({ id, values = [] }: FacetDefinition, segments: readonly ListPiece[]): string[] {
  const found = new Set(
    segments.flatMap(({ facets }) => facets.flatMap(([facet, value]) => (facet === id ? [value] : []))),
  );
  const others = [...found]
    .filter((value) => !values.includes(value))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...values, ...others];
}
