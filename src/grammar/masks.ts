import { afterByte, afterBytes, canEnd, isOver, keyOf, type Stacks, startOf } from "./acceptor.ts";
import { compileSchema } from "./compile.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** A JSON Schema and the tokens that it is to be written in: plain data, which threads can be given. */
export interface Constraint {
  readonly schema: Readonly<Record<string, unknown>>;
  readonly vocabulary: Vocabulary;
}

/** Masks that are kept; most texts stand in few kinds of places. */
const KEPT = 64;

/** Which tokens may follow a text, for every place that a text of the schema can be in. */
export class TokenMasks {
  readonly #vocabulary: Vocabulary;
  readonly #stops: readonly number[];
  /** Tokens in the order of their bytes. */
  readonly #order: Uint32Array;
  readonly #masks = new Map<string, Uint8Array>();
  readonly start: Stacks;

  constructor({ schema, vocabulary }: Constraint, stops: readonly number[]) {
    this.start = startOf(compileSchema(schema));
    this.#vocabulary = vocabulary;
    this.#stops = stops;
    this.#order = orderOf(vocabulary);
  }

  /** Where a text stands behind one more token; none where the token may not come. A stop token changes nothing. */
  after(stacks: Stacks, token: number): Stacks {
    if (this.#stops.includes(token)) return canEnd(stacks) ? stacks : [];
    const { offsets, bytes } = this.#vocabulary;
    const own = bytes.subarray(offsets[token], offsets[token + 1]);
    return own.length === 0 ? [] : afterBytes(stacks, own);
  }

  /** 1 for every token that may follow, stop tokens where the value is whole. @param size entries, at least the vocabulary's. */
  maskOf(stacks: Stacks, size: number): Uint8Array {
    const key = keyOf(stacks);
    const kept = this.#masks.get(key);
    if (kept !== undefined) return kept;
    const mask = new Uint8Array(size);
    if (!isOver(stacks)) this.#mark(mask, stacks, 0, [0, this.#order.length]);
    if (canEnd(stacks)) for (const token of this.#stops) mask[token] = 1;
    const [oldest] = this.#masks.keys();
    if (this.#masks.size >= KEPT && oldest !== undefined) this.#masks.delete(oldest);
    this.#masks.set(key, mask);
    return mask;
  }

  /** Tokens of [first, last) in order, which begin alike up to `depth`. */
  #mark(mask: Uint8Array, stacks: Stacks, depth: number, [first, last]: readonly [number, number]): void {
    let at = first;
    while (at < last && this.#lengthAt(at) === depth) mask[this.#order[at++] ?? 0] = 1;
    while (at < last) {
      const byte = this.#byteAt(at, depth);
      const behind = this.#endOf(byte, depth, at, last);
      const next = afterByte(stacks, byte);
      if (next.length > 0) this.#mark(mask, next, depth + 1, [at, behind]);
      at = behind;
    }
  }

  /** Behind the last token of [from, last) that has the byte at `depth`. */
  #endOf(byte: number, depth: number, from: number, last: number): number {
    let [low, high] = [from + 1, last];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#byteAt(middle, depth) === byte) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #byteAt(at: number, depth: number): number {
    const { offsets, bytes } = this.#vocabulary;
    return bytes[(offsets[this.#order[at] ?? 0] ?? 0) + depth] ?? 0;
  }

  #lengthAt(at: number): number {
    const { offsets } = this.#vocabulary;
    const token = this.#order[at] ?? 0;
    return (offsets[token + 1] ?? 0) - (offsets[token] ?? 0);
  }
}

/** Tokens by their bytes, those without any left out. */
function orderOf({ offsets, bytes }: Vocabulary): Uint32Array {
  const tokens = Array.from({ length: offsets.length - 1 }, (_, token) => token);
  const bytesOf = (token: number): Uint8Array => bytes.subarray(offsets[token], offsets[token + 1]);
  return Uint32Array.from(
    tokens.filter((token) => bytesOf(token).length > 0).sort((a, b) => compare(bytesOf(a), bytesOf(b))),
  );
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return (a[at] ?? 0) - (b[at] ?? 0);
  return a.length - b.length;
}
