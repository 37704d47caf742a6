import type { Tokenizer } from "./tokenizer.ts";

const utf8 = new TextEncoder();
const byteToken = /^<0x([0-9A-F]{2})>$/;

/** GPT-2's letters for bytes: printable ones for themselves, the rest from U+0100 on. */
const byteOfLetter = new Map<string, number>();
let next = 256;
for (let byte = 0; byte < 256; byte++) {
  const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
  byteOfLetter.set(String.fromCodePoint(isPrintable ? byte : next++), byte);
}

/** A token's own bytes in UTF-8, of a part of a character too. */
export function tokenBytes(tokenizer: Tokenizer, id: number): number[] {
  const text = tokenizer.decode([id]);
  if (!text.includes("\ufffd")) return [...utf8.encode(text)];
  const token = tokenizer.tokens[id] ?? "";
  const [, hex] = byteToken.exec(token) ?? [];
  if (hex !== undefined) return [Number.parseInt(hex, 16)];
  const bytes = [...token].map((letter) => byteOfLetter.get(letter));
  return bytes.every((byte) => byte !== undefined) ? bytes : [...utf8.encode(text)];
}
