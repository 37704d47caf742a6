import type { TransformerConfig } from "../checkpoint/config.ts";
import type { ForwardPass } from "./forward.ts";
import { KeyValueCache } from "./key-value-cache.ts";

/** All that is kept at once, in bytes; beyond, what was read longest ago is forgotten, and read anew when it goes on. */
const BYTES = 2 ** 29;

/** New tokens of one pass: attention among them is a square. */
const PASS = 512;

interface Held {
  cache: KeyValueCache;
  tokens: number[];
}

/** Sequences that grow while their scalar heads are read: keys and values of what was read are kept, so that each token is read once. */
export class HeldSequences {
  readonly #bytes: number;
  /** The last read stands last. */
  readonly #held = new Map<number, Held>();

  constructor(bytes: number = BYTES) {
    this.#bytes = bytes;
  }

  /**
   * The heads after every token t ≥ `from` of the sequence under this key: (its wanted tokens, heads). Where its beginning is not what
   * was read before, it is read from there on again. `check` is called before every pass; throws to stop.
   */
  async read(
    forward: ForwardPass,
    key: number,
    { tokens, from, check }: { readonly tokens: ArrayLike<number>; readonly from: number; readonly check: () => void },
  ): Promise<Float32Array> {
    const held = this.#roomFor(forward.config, key, tokens.length);
    const { cache } = held;
    let start = 0;
    while (start < Math.min(held.tokens.length, from) && held.tokens[start] === tokens[start]) start++;
    held.tokens.length = start;
    cache.truncate(0, start);
    const parts: Float32Array[] = [];
    for (; start < tokens.length; start = held.tokens.length) {
      check();
      const own = Array.from({ length: Math.min(PASS, tokens.length - start) }, (_, i) => tokens[start + i]!);
      const wanted = own.map((_, i) => i).filter((i) => start + i >= from);
      cache.grow(start + own.length);
      // Some place must be asked for in a pass that nothing is wanted of.
      const row = { tokens: own, start, wanted: wanted.length === 0 ? [0] : wanted };
      const options = { wanted: "scalar", fetch: ["scalars"], keep: true, past: { cache, first: 0 } } as const;
      const { outputs, rows } = await forward.run([row], options);
      cache.append(rows, 0, 0, own.length);
      held.tokens.push(...own);
      if (wanted.length > 0) parts.push(outputs.scalars);
    }
    const heads = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      heads.set(part, offset);
      offset += part.length;
    }
    return heads;
  }

  /** Forgets a sequence. */
  drop(key: number): void {
    this.#held.delete(key);
  }

  /** Forgets all, as other weights make all of it untrue. */
  clear(): void {
    this.#held.clear();
  }

  /** A sequence's cache with room for so many tokens: twice as much as is needed, so that few are copied. */
  #roomFor(config: TransformerConfig, key: number, length: number): Held {
    const known = this.#held.get(key);
    this.#held.delete(key);
    let held = known;
    if (held === undefined || held.cache.maxColumns < length) {
      const cache = new KeyValueCache(config, 1, Math.min(config.contextLength, 2 * length));
      cache.reset(1, length);
      if (held !== undefined) cache.adopt(held.cache);
      held = { cache, tokens: held?.tokens ?? [] };
    }
    const sizeOf = ({ cache }: Held): number => KeyValueCache.bytes(config, 1, cache.maxColumns);
    let bytes = sizeOf(held);
    for (const other of this.#held.values()) bytes += sizeOf(other);
    for (const [oldest, other] of this.#held) {
      if (bytes <= this.#bytes) break;
      bytes -= sizeOf(other);
      this.#held.delete(oldest);
    }
    this.#held.set(key, held);
    return held;
  }
}
