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
import type { RecordsIndex } from "../segments/records-index.ts";
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

/** Items of a list by their place: a segment and a number in it. */
export interface Place {
  readonly segment: Segment;
  readonly item: number;
}

/** What is read of an index. */
export type ListIndex = Pick<RecordsIndex, "segments" | "version" | "items">;

export interface Selection {
  readonly matching: number;
  readonly isExact: boolean;
  readonly facets: readonly Facet[];
  readonly places: readonly Place[];
  readonly from: number;
  /** Of the item that was asked for. */
  readonly position: number | null;
}

/** Milliseconds that a request reads candidates of a phrase for; the next one goes on. */
const readingBudget = 80;
const rememberedPhrases = 8;

/** Filters, counts and orders the items of an index. */
export class ListReader {
  readonly #index: ListIndex;
  readonly #textsOf: (place: Place) => readonly string[];
  /** What reading has said of the candidates of a search, by the words typed; of one version of the index. */
  readonly #phrases = new Map<string, Phrase>();
  #orders = new Map<string, Uint32Array>();
  #version = -1;

  constructor(index: ListIndex, textsOf: (place: Place) => readonly string[]) {
    this.#index = index;
    this.#textsOf = textsOf;
  }

  /** @param tableOf a segment's facets, with further ones that stand in no index. */
  select(
    query: Query,
    { from: first, n, at }: Omit<Range, "at"> & { readonly at?: Place | undefined },
    definitions: readonly FacetDefinition[],
    tableOf: (segment: Segment) => Table = (segment) => segment,
  ): Selection {
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
  *all(query: Query, tableOf: (segment: Segment) => Table = (segment) => segment): Generator<Place, void, undefined> {
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

  #phraseOf(typed: string, terms: readonly Term[]): Phrase {
    const known = this.#phrases.get(typed);
    if (known !== undefined) return known;
    const [oldest] = this.#phrases.keys();
    if (this.#phrases.size >= rememberedPhrases && oldest !== undefined) this.#phrases.delete(oldest);
    const fresh = new Phrase(terms, this.#index.segments);
    this.#phrases.set(typed, fresh);
    return fresh;
  }

  /** Reads candidates until the time is over; true where it read any. */
  #read(phrase: Phrase, ...candidates: readonly Uint32Array[]): boolean {
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
    const [column, sign] = sort.startsWith("-") ? [sort.slice(1), -1] : [sort, 1];
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

  #placeOf(number: number): Place {
    const segment = this.#index.segments[this.#segmentOf(number)] as Segment;
    return { segment, item: number - segment.firstItem };
  }
}

/** Infinities are equal to each other. */
function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** What is known of the candidates of a search whose words must stand one behind the other. */
class Phrase {
  /** Whether every candidate was read. */
  isWhole = false;
  readonly #terms: readonly Term[];
  readonly #read: ReadonlyMap<Segment, Bits>;
  readonly held: readonly Bits[];
  readonly #held: ReadonlyMap<Segment, Bits>;

  constructor(terms: readonly Term[], segments: readonly Segment[]) {
    this.#terms = terms;
    this.held = segments.map((segment) => holdingAll(segment, terms));
    this.#held = new Map(segments.map((segment, i) => [segment, this.held[i] ?? emptyBits(0)]));
    this.#read = new Map(segments.map((segment) => [segment, emptyBits(segment.n)]));
  }

  isRead({ segment, item }: Place): boolean {
    const read = this.#read.get(segment);
    return read !== undefined && hasBit(read, item);
  }

  add({ segment, item }: Place, texts: readonly string[]): void {
    const [read, held] = [this.#read.get(segment), this.#held.get(segment)];
    if (read === undefined || held === undefined) return;
    addBit(read, item);
    if (!holdsTerms(texts.map(wordsOf), this.#terms)) removeBit(held, item);
  }
}

function removeBit(bits: Bits, i: number): void {
  bits[i >>> 5] = (bits[i >>> 5] ?? 0) & ~(1 << (i & 31));
}

function chooseHeld(segment: Segment, i: number, terms: readonly Term[], phrase: Phrase | undefined): Bits {
  return phrase?.held[i] ?? holdingAll(segment, terms);
}

/** Values of a facet: those that are always shown, then what the segments have, in order. */
function valuesOf({ id, values = [] }: FacetDefinition, segments: readonly Segment[]): string[] {
  const found = new Set(
    segments.flatMap(({ head }) => head.facets.flatMap(([facet, value]) => (facet === id ? [value] : []))),
  );
  const others = [...found]
    .filter((value) => !values.includes(value))
    .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  return [...values, ...others];
}
