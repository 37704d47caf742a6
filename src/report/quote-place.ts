interface Place {
  readonly from: number;
  readonly to: number;
}

/**
 * Where the words of a quotation stand in a text, whatever stands between them in signs and spaces; of a quotation with a gap,
 * its longest part. Undefined where they stand nowhere in this order.
 */
export function findQuote(text: string, quote: string): Place | undefined {
  const parts = quote
    .split(/…|\.{3}/u)
    .map((part) => part.match(/[\p{L}\p{N}]+/gu) ?? [])
    .sort((a, b) => b.length - a.length);
  const [words = []] = parts;
  if (words.length === 0) return undefined;
  const found = new RegExp(words.join("[^\\p{L}\\p{N}]+"), "iu").exec(text);
  return found === null ? undefined : { from: found.index, to: found.index + found[0].length };
}
