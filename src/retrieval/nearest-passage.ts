import type { SourceDocument } from "./document.ts";

/** Share of a quotation's words that a passage must have to be worth showing. */
const leastShare = 0.6;
const longestShown = 240;

/** The passage with the most words of a quotation, as long as it: what the writer may have meant. A hint, never a pass. */
export function nearestPassage(quote: string, documents: readonly SourceDocument[]): string | undefined {
  const wanted = new Map<string, number>();
  const words = wordsOf(quote);
  for (const { word } of words) wanted.set(word, (wanted.get(word) ?? 0) + 1);
  let best = { share: 0, text: "" };
  for (const document of documents) {
    const { text } = document;
    const all = knownWords.get(document) ?? wordsOf(text);
    knownWords.set(document, all);
    const left = new Map(wanted);
    let shared = 0;
    for (const [i, { word }] of all.entries()) {
      const free = left.get(word);
      if (free !== undefined) {
        if (free > 0) shared++;
        left.set(word, free - 1);
      }
      const out = all[i - words.length]?.word;
      const debt = out === undefined ? undefined : left.get(out);
      if (out !== undefined && debt !== undefined) {
        if (debt >= 0) shared--;
        left.set(out, debt + 1);
      }
      if (shared / words.length <= best.share) continue;
      const first = all[Math.max(0, i - words.length + 1)];
      best = { share: shared / words.length, text: text.slice(first?.at, (all[i]?.at ?? 0) + word.length) };
    }
  }
  if (best.share < leastShare) return undefined;
  const shown = best.text.replace(/\s+/g, " ");
  return `nearest: "${shown.length > longestShown ? `${shown.slice(0, longestShown)}…` : shown}"`;
}

interface PlacedWord {
  readonly word: string;
  readonly at: number;
}

/** Many quotations are looked for in one document. */
const knownWords = new WeakMap<SourceDocument, readonly PlacedWord[]>();

const wordsOf = (text: string): PlacedWord[] =>
  [...text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({ word: match[0].toLowerCase(), at: match.index }));
