import type { Passage } from "./passages.ts";

/** Fewer words stand in many places and prove nothing. */
export const shortestQuote = 4;

/**
 * The passages in which a quotation stands: its exact words in their order, whatever the white space, typography, emphasis
 * and case; "…" stands for words left out. Undefined where they stand nowhere, or are fewer than four.
 */
export function findQuote(quote: string, passages: readonly Passage[]): Passage[] | undefined {
  const parts = quote
    .split(/\.{3}|…|\[…\]/)
    .map(wordsOf)
    .filter((part) => part.length > 0);
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  if (count < shortestQuote || parts.some(({ length }) => length < Math.min(3, count))) return undefined;
  const placed = passages.flatMap((passage) => wordsOf(passage.text).map((word) => ({ word, passage })));
  const found = new Set<Passage>();
  let from = 0;
  for (const part of parts) {
    const start = placed.findIndex(
      (_, at) => at >= from && part.every((word, offset) => placed[at + offset]?.word === word),
    );
    if (start < 0) return undefined;
    from = start + part.length;
    for (const { passage } of placed.slice(start, from)) found.add(passage);
  }
  return [...found];
}

/** Lower-case words without punctuation; Markdown's emphasis and the targets of links are no words. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize("NFKC")
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`]/g, "")
    .replace(/[’‘ʼ]/g, "'")
    .toLowerCase();
  return plain.match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? [];
}
