import { packRising, wordsOf } from "../query/index.ts";

/** Texts that come again and again, as critiques of templates do, are cut into words once. */
const remembered = { texts: 20_000, longest: 400 };

interface Packed {
  readonly words: Uint8Array<ArrayBuffer>;
  readonly wordEnds: Uint32Array<ArrayBuffer>;
  readonly postings: Uint8Array<ArrayBuffer>;
  readonly postingEnds: Uint32Array<ArrayBuffer>;
}

/** Which items hold which words; items come in rising order. */
export class WordTable {
  readonly #numbers = new Map<string, number>();
  /** Of each word the last item that held it. */
  readonly #lastItem: number[] = [];
  /** A word and an item that holds it, one pair behind the other. */
  #pairs = new Uint32Array(1 << 14);
  #n = 0;
  readonly #known = new Map<string, readonly number[]>();

  add(text: string, item: number): void {
    for (const word of this.#cut(text)) {
      if (this.#lastItem[word] === item) continue;
      this.#lastItem[word] = item;
      if (this.#n === this.#pairs.length) {
        const larger = new Uint32Array(this.#pairs.length * 2);
        larger.set(this.#pairs);
        this.#pairs = larger;
      }
      this.#pairs[this.#n++] = word;
      this.#pairs[this.#n++] = item;
    }
  }

  /** Words in the order of their UTF-8 bytes, and where the name and the postings of each end. */
  pack(): Packed {
    const items = this.#itemsByWord();
    const sorted = [...this.#numbers]
      .map(([name, word]) => ({ bytes: Buffer.from(name), word }))
      .sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    const packed = sorted.map(({ word }) => Uint8Array.from(packRising(items(word))));
    return {
      words: joinBytes(sorted.map(({ bytes }) => bytes)),
      wordEnds: endsOf(sorted.map(({ bytes }) => bytes.length)),
      postings: joinBytes(packed),
      postingEnds: endsOf(packed.map(({ length }) => length)),
    };
  }

  #cut(text: string): readonly number[] {
    if (text.length > remembered.longest) return this.#number(wordsOf(text));
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const numbers = this.#number(wordsOf(text));
    if (this.#known.size < remembered.texts) this.#known.set(text, numbers);
    return numbers;
  }

  #number(words: readonly string[]): number[] {
    return [...new Set(words)].map((word) => {
      const known = this.#numbers.get(word);
      if (known !== undefined) return known;
      const number = this.#numbers.size;
      this.#numbers.set(word, number);
      return number;
    });
  }

  /** A counting sort of the pairs by word; the items of a word stay in order. */
  #itemsByWord(): (word: number) => Uint32Array {
    const starts = new Uint32Array(this.#numbers.size + 1);
    for (let i = 0; i < this.#n; i += 2) {
      const after = (this.#pairs[i] ?? 0) + 1;
      starts[after] = (starts[after] ?? 0) + 1;
    }
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0);
    const next = starts.slice();
    const items = new Uint32Array(this.#n / 2);
    for (let i = 0; i < this.#n; i += 2) {
      const word = this.#pairs[i] ?? 0;
      const place = next[word] ?? 0;
      items[place] = this.#pairs[i + 1] ?? 0;
      next[word] = place + 1;
    }
    return (word) => items.subarray(starts[word], starts[word + 1]);
  }
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function endsOf(lengths: readonly number[]): Uint32Array<ArrayBuffer> {
  let end = 0;
  return Uint32Array.from(lengths, (length) => {
    end += length;
    return end;
  });
}
