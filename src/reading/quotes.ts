import { type FoldedText, type FoldOptions, foldText, hyphen, type TextSpan } from "./fold.ts";
import { isCutOff } from "./word-edges.ts";

export interface QuotePlace extends TextSpan {
  /** One for each part of a quotation that leaves words out with "…". */
  readonly pieces: readonly TextSpan[];
  /** Not a sign differs, and nothing is left out. */
  readonly isVerbatim: boolean;
}

export interface QuoteOptions extends FoldOptions {
  /** How many signs "…" may stand for. Default: any number. */
  readonly gap?: number | undefined;
}

/**
 * Where a quotation stands in a text: the same words and signs in their order, whole words at both ends, whatever their
 * spelling by `foldText`; "…" stands for words left out. Words alone are compared with `signs: "ignored"`. A text that is
 * asked about often is folded once, with the same options.
 */
export function findQuote(
  text: string | FoldedText,
  quote: string,
  options: QuoteOptions = {},
): QuotePlace | undefined {
  const folded = typeof text === "string" ? foldText(text, options) : text;
  const bare = withoutMarks(quote);
  // A sentence that goes on in the text ends in the quotation: its full stop is the quoting sentence's.
  const spellings = new Set([bare, bare.replace(/[.,;:]+$/u, "")]);
  for (const spelling of spellings) {
    const place = placeWhole(folded, spelling, options);
    if (place === undefined) continue;
    const isVerbatim = folded.original.slice(place.from, place.to) === spelling;
    return { ...place, pieces: [place], isVerbatim };
  }
  for (const spelling of spellings) {
    const pieces = placePieces(folded, splitQuote(spelling), options);
    const [first, last] = [pieces[0], pieces.at(-1)];
    if (first !== undefined && last !== undefined && pieces.length > 1) {
      return { from: first.from, to: last.to, pieces, isVerbatim: false };
    }
    if (first !== undefined) return { ...first, pieces, isVerbatim: false };
  }
  return undefined;
}

/** The parts of a quotation between its "…", "[…]" or "...", without those that hold less than two letters or digits. */
export function splitQuote(quote: string): string[] {
  return withoutMarks(quote)
    .split(/\s*(?:[[(]\s*)?(?:…|\.{3,}|\. \. \.)(?:\s*[\])])?\s*/u)
    .filter(hasWords);
}

const hasWords = (text: string): boolean => (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 2;

const withoutMarks = (quote: string): string => quote.trim().replace(/^["'“‘«„]+|["'”’»]+$/gu, "");

function placeWhole(folded: FoldedText, piece: string, options: QuoteOptions): TextSpan | undefined {
  if (!hasWords(piece)) return undefined;
  const needle = foldText(piece, options);
  for (const at of occurrencesOf(folded, needle)) return spanOf(folded, at, at + needle.text.length);
  return undefined;
}

/** More than these are words picked out of a text, no quotation of it. */
const mostPieces = 12;

interface Reached {
  readonly at: number;
  readonly end: number;
  readonly before: Reached | undefined;
}

/** Every piece in its order, each within `gap` of the one before; none where one is missing. */
function placePieces(folded: FoldedText, pieces: readonly string[], options: QuoteOptions): TextSpan[] {
  const { gap = Number.POSITIVE_INFINITY } = options;
  if (pieces.length > mostPieces || !pieces.every(hasWords)) return [];
  let reached: readonly Reached[] | undefined;
  for (const piece of pieces) {
    const needle = foldText(piece, options);
    const next: Reached[] = [];
    let behind = 0;
    for (const at of occurrencesOf(folded, needle)) {
      const end = at + needle.text.length;
      if (reached === undefined) next.push({ at, end, before: undefined });
      else {
        // Ends come in order: the nearest one in front of this place is the best.
        while ((reached[behind + 1]?.end ?? Number.POSITIVE_INFINITY) <= at) behind++;
        const before = reached[behind];
        if (before !== undefined && before.end <= at && at - before.end <= gap) next.push({ at, end, before });
      }
    }
    reached = next;
  }
  const spans: TextSpan[] = [];
  for (let one = reached?.[0]; one !== undefined; one = one.before) {
    spans.unshift(spanOf(folded, one.at, one.end));
  }
  return spans;
}

const spanOf = ({ starts, ends }: FoldedText, at: number, end: number): TextSpan => ({
  from: starts[at] ?? 0,
  to: ends[end - 1] ?? 0,
});

function* occurrencesOf(folded: FoldedText, needle: FoldedText): Generator<number> {
  if (needle.text === "") return;
  for (let at = folded.text.indexOf(needle.text); at >= 0; at = folded.text.indexOf(needle.text, at + 1)) {
    const span = spanOf(folded, at, at + needle.text.length);
    if (haveSameHyphens(folded, needle, at) && !isCutOff(folded.original, span)) yield at;
  }
}

/** A hyphen at a line's end may be there or not; every other is in both or in none. */
function haveSameHyphens(folded: FoldedText, needle: FoldedText, at: number): boolean {
  const { length } = needle.text;
  const isSame = (i: number): boolean => {
    const [a, b] = [folded.hyphens[at + i], needle.hyphens[i]];
    return a === hyphen.atLineEnd || b === hyphen.atLineEnd || a === b;
  };
  for (let i = 1; i < length; i++) if (!isSame(i)) return false;
  // At its ends a quotation may leave a dash out, but not put one there.
  return [0, length].every((i) => needle.hyphens[i] !== hyphen.there || isSame(i));
}
