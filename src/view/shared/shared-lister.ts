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
  wordsOf,
} from "../query/index.ts";
import type { Facet, ListPage } from "../source.ts";
import type { SharedItem, SharedList } from "./shared.ts";

/** A list that is whole in the page, filtered by the same rules as the server's. */
export class SharedLister {
  readonly #list: SharedList;
  readonly #answerOf: (id: string) => unknown;
  readonly #sets = new Map<string, Bits>();
  #words: readonly (readonly (readonly string[])[])[] | undefined;

  /** @param answerOf all of an item: its texts are searched. */
  constructor(list: SharedList, answerOf: (id: string) => unknown) {
    this.#list = list;
    this.#answerOf = answerOf;
    for (const [i, { values }] of list.items.entries()) {
      for (const [facet, chosen] of Object.entries(values)) {
        for (const value of chosen) addBit(this.#setOf(facet, value), i);
      }
    }
  }

  select(query: Query, { from: first, n, at }: Range): ListPage<SharedItem["row"]> {
    const { items, facets } = this.#list;
    const terms = parseTerms(query.words ?? "");
    const table = this.#table();
    const held = holdingAll(table, terms);
    if (terms.some(({ words }) => words.length > 1)) this.#keepPhrases(held, terms);
    const { bits, beside } = filterTable(table, query, held);
    const order = orderBy(items, query.sort).filter((i) => hasBit(bits, i));
    const found = at === undefined ? -1 : order.findIndex((i) => items[i]?.row.id === at);
    const from = found < 0 ? first : found - (found % n);
    return {
      total: items.length,
      matching: order.length,
      isExact: true,
      indexed: 1,
      facets: facets.map(
        ({ id, title, values }): Facet => ({
          id,
          title,
          values: values.map(({ value, label }) => ({ value, label, count: countValue(table, beside(id), id, value) })),
        }),
      ),
      from,
      position: found < 0 ? null : found,
      rows: order.slice(from, from + n).flatMap((i) => items[i]?.row ?? []),
      notices: [],
    };
  }

  #setOf(facet: string, value: string): Bits {
    const key = JSON.stringify([facet, value]);
    const known = this.#sets.get(key) ?? emptyBits(this.#list.items.length);
    this.#sets.set(key, known);
    return known;
  }

  #table(): Table {
    return {
      n: this.#list.items.length,
      bits: (facet, value) => this.#sets.get(JSON.stringify([facet, value])),
      eachHolding: (word, isPrefix, visit) => {
        const isIt = isPrefix ? (one: string) => one.startsWith(word) : (one: string) => one === word;
        for (const [i, texts] of this.#texts().entries()) if (texts.some((words) => words.some(isIt))) visit(i);
      },
    };
  }

  #keepPhrases(held: Bits, terms: ReturnType<typeof parseTerms>): void {
    for (const [i, texts] of this.#texts().entries()) {
      if (hasBit(held, i) && !holdsTerms(texts, terms)) held[i >>> 5] = (held[i >>> 5] ?? 0) & ~(1 << (i & 31));
    }
  }

  /** The words of every text of every item; read at the first search. */
  #texts(): readonly (readonly (readonly string[])[])[] {
    this.#words ??= this.#list.items.map(({ row }) => textsIn(this.#answerOf(row.id)).map(wordsOf));
    return this.#words;
  }
}

function orderBy(items: readonly SharedItem[], sort: string | undefined): number[] {
  const numbers = [...items.keys()];
  if (sort === undefined) return numbers;
  const [column, sign] = sort.startsWith("-") ? [sort.slice(1), -1] : [sort, 1];
  const keyOf = (i: number): number => {
    const value = items[i]?.columns[column];
    return value == null ? Number.POSITIVE_INFINITY : sign * value;
  };
  return numbers.sort((a, b) => (keyOf(a) === keyOf(b) ? a - b : keyOf(a) - keyOf(b)));
}

const textNames: ReadonlySet<string> = new Set(["text", "content", "thought", "why"]);

/** What people and models wrote in an answer; the constitution's own texts are left out. */
export function textsIn(answer: unknown): string[] {
  if (Array.isArray(answer)) return answer.flatMap(textsIn);
  if (answer === null || typeof answer !== "object") return [];
  return Object.entries(answer).flatMap(([name, value]) => {
    if (name === "principles" || name === "examples") return [];
    return typeof value === "string" ? (textNames.has(name) ? [value] : []) : textsIn(value);
  });
}
