import { PreceptError } from "../errors.ts";
import { type Tokenizer, tokenBytes } from "../tokenizer/index.ts";

/** The bytes of every token that is text, in memory that threads share. Token t has bytes[offsets[t]] up to bytes[offsets[t + 1]]. */
export interface Vocabulary {
  /** Names it in this process. */
  readonly key: number;
  readonly offsets: Uint32Array;
  readonly bytes: Uint8Array;
}

const known = new WeakMap<Tokenizer, Vocabulary>();
let count = 0;

/**
 * Made once for each tokenizer. @param text what must be possible to write beside ASCII.
 * @throws PreceptError input-invalid for a tokenizer that cannot write JSON sign by sign.
 */
export function vocabularyOf(tokenizer: Tokenizer, text = ""): Vocabulary {
  const vocabulary = known.get(tokenizer) ?? makeVocabulary(tokenizer);
  known.set(tokenizer, vocabulary);
  const { offsets, bytes } = vocabulary;
  const single = new Set<number>();
  for (let id = 0; id + 1 < offsets.length; id++) {
    const from = offsets[id] ?? 0;
    if (offsets[id + 1] === from + 1) single.add(bytes[from] ?? 0);
  }
  const ascii = Array.from({ length: 0x7f - 0x20 }, (_, index) => index + 0x20);
  const missing = [...ascii, ...new TextEncoder().encode(text)].find((byte) => !single.has(byte));
  if (missing === undefined) return vocabulary;
  throw new PreceptError("input-invalid", {
    attempted: "Holding answers to a JSON Schema",
    found: `a vocabulary without a token for the byte ${missing} (${JSON.stringify(String.fromCharCode(missing))})`,
    expected: "a tokenizer that can write every sign of ASCII and of the schema",
    remedy: "ask without the schema: this model cannot write such JSON",
  });
}

function makeVocabulary(tokenizer: Tokenizer): Vocabulary {
  if (tokenizer.files === undefined) {
    throw new PreceptError("input-invalid", {
      attempted: "Holding answers to a JSON Schema",
      found: "a vocabulary of words, which are written with spaces between them",
      expected: "a tokenizer that can write sign by sign",
      remedy: "ask without the schema: this model cannot write JSON",
    });
  }
  const all = Array.from({ length: tokenizer.vocabularySize }, (_, id) => bytesBehind(tokenizer, id));
  const total = all.reduce((sum, { length }) => sum + length, 0);
  const offsets = new Uint32Array(new SharedArrayBuffer(4 * (all.length + 1)));
  const bytes = new Uint8Array(new SharedArrayBuffer(total));
  for (const [id, own] of all.entries()) {
    bytes.set(own, offsets[id]);
    offsets[id + 1] = (offsets[id] ?? 0) + own.length;
  }
  return { key: count++, offsets, bytes };
}

/** What a token adds to a text; nothing for a mark. Alone, some tokenizers drop the space that it begins with. */
function bytesBehind(tokenizer: Tokenizer, id: number): number[] {
  if (tokenizer.decode([id], { skipSpecialTokens: true }) === "" && tokenizer.decode([id]) !== "") return [];
  const anchor = tokenizer.idOf("a");
  if (anchor === undefined) return tokenBytes(tokenizer, id);
  const text = tokenizer.decode([anchor, id]);
  const before = tokenizer.decode([anchor]);
  return text.includes("\ufffd") || !text.startsWith(before)
    ? tokenBytes(tokenizer, id)
    : [...new TextEncoder().encode(text.slice(before.length))];
}
