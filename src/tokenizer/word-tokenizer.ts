import { PreceptError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface WordTokenizerOptions {
  /** Default "<end>". */
  readonly endToken?: string;
  /** Pads the vocabulary with `<unusedN>` up to this size, so that the embedding has a round shape. */
  readonly size?: number;
}

/** Stands before the bytes of a word that is not in the vocabulary (SentencePiece's space mark). */
export const wordStart = "▁";

export const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

const byteTokenPattern = /^<0x([0-9A-F]{2})>$/;
const utf8 = new TextEncoder();

/**
 * One token a word; words are separated by white space, and markers like `<user>` are words. An unknown word becomes
 * `▁` and its UTF-8 bytes. Ids: the given vocabulary in order, then what it lacks of `▁` and the 256 byte tokens, then
 * padding. `decode(encode(text))` is the text with each run of white space as one space.
 * @throws PreceptError input-invalid for a duplicate, an empty word, a word with white space, or a missing end token.
 */
export function wordTokenizer(vocabulary: readonly string[], options: WordTokenizerOptions = {}): Tokenizer {
  const { endToken = "<end>", size = 0 } = options;
  const tokens = [...vocabulary];
  const ids = new Map<string, number>();
  for (const [id, token] of tokens.entries()) {
    if (token === "" || /\s/.test(token))
      throw invalidTokens(`token ${id} is ${JSON.stringify(token)}`, "words without white space");
    if (ids.has(token))
      throw invalidTokens(`${JSON.stringify(token)} stands at ${ids.get(token)} and at ${id}`, "each word once");
    ids.set(token, id);
  }
  const append = (token: string): void => {
    if (ids.has(token)) return;
    ids.set(token, tokens.length);
    tokens.push(token);
  };
  append(wordStart);
  for (let byte = 0; byte < 256; byte++) append(byteToken(byte));
  for (let n = 0; tokens.length < size; n++) append(`<unused${n}>`);

  const byteIds = Array.from({ length: 256 }, (_, byte) => ids.get(byteToken(byte)) ?? 0);
  const bytes = new Map(byteIds.map((id, byte) => [id, byte]));
  const startId = ids.get(wordStart) ?? 0;
  const endId = ids.get(endToken);
  if (endId === undefined)
    throw invalidTokens(`no token ${JSON.stringify(endToken)}`, "the end token in the vocabulary");

  return {
    vocabularySize: tokens.length,
    endToken: endId,
    tokens,
    encode(text) {
      const encoded: number[] = [];
      for (const word of text.split(/\s+/)) {
        if (word === "") continue;
        const id = ids.get(word);
        if (id !== undefined && id !== startId && !byteTokenPattern.test(word)) encoded.push(id);
        else encoded.push(startId, ...Array.from(utf8.encode(word), (byte) => byteIds[byte] ?? 0));
      }
      return encoded;
    },
    decode(encoded) {
      let text = "";
      let pending: number[] = [];
      const flush = (): void => {
        if (pending.length > 0) text += new TextDecoder().decode(Uint8Array.from(pending));
        pending = [];
      };
      for (const id of encoded) {
        const byte = bytes.get(id);
        if (byte !== undefined) {
          pending.push(byte);
          continue;
        }
        flush();
        text += id === startId ? " " : ` ${tokenOf(tokens, id)}`;
      }
      flush();
      return text.startsWith(" ") ? text.slice(1) : text;
    },
    idOf: (token) => ids.get(token),
    tokenOf: (id) => tokenOf(tokens, id),
  };
}

function tokenOf(tokens: readonly string[], id: number): string {
  const token = tokens[id];
  if (token === undefined) {
    throw new PreceptError("out-of-vocabulary", {
      attempted: "Decoding a token",
      found: `id ${id}`,
      expected: `an id below ${tokens.length}`,
    });
  }
  return token;
}

function invalidTokens(found: string, expected: string): PreceptError {
  return new PreceptError("input-invalid", { attempted: "Making a word tokenizer", found, expected });
}
