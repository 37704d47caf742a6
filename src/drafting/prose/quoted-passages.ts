import { findQuote, splitQuote } from "../../reading/index.ts";
import type { Passage } from "./passages.ts";

/** Fewer words stand in many places and prove nothing. */
const shortestQuote = 4;

/**
 * The passages in which a quotation stands: its exact words in their order, whatever the white space, typography, emphasis
 * and case; "…" stands for words left out. Undefined where they stand nowhere, or are fewer than four.
 */
export function findQuotedPassages(quote: string, passages: readonly Passage[]): Passage[] | undefined {
  const lengths = splitQuote(quote).map((part) => part.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu)?.length ?? 0);
  const count = lengths.reduce((sum, length) => sum + length, 0);
  if (count < shortestQuote || lengths.some((length) => length < Math.min(3, count))) return undefined;
  const place = findQuote(passages.map(({ text }) => text).join(between), quote, { signs: "ignored" });
  if (place === undefined) return undefined;
  let from = 0;
  return passages.filter(({ text }) => {
    const start = from;
    from += text.length + between.length;
    return place.pieces.some((piece) => piece.from < start + text.length && piece.to > start);
  });
}

const between = "\n\n";
