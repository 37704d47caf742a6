import { isWordUnit, type SpanMatcher, searchStarts } from "./matcher.ts";
import { WORD_BOUNDARY } from "./regex.ts";

interface TrieNode {
  readonly next: Map<number, TrieNode>;
  /** What ends here, by the boundaries that it wants: [before, after]. */
  readonly ends: (readonly [before: boolean, after: boolean])[];
}

/**
 * Finds plain words, the leftmost and there the longest. It holds back only what may still become one of them: where no
 * word has begun, nothing is held.
 */
export function wordMatcher(words: readonly string[], ignoreCase: boolean): SpanMatcher {
  const root: TrieNode = { next: new Map(), ends: [] };
  for (const word of words) {
    const before = word.startsWith(WORD_BOUNDARY);
    const after = word.endsWith(WORD_BOUNDARY);
    let node = root;
    for (const unit of unitsOf(word.replaceAll(WORD_BOUNDARY, ""), ignoreCase)) {
      const known = node.next.get(unit) ?? { next: new Map(), ends: [] };
      node.next.set(unit, known);
      node = known;
    }
    node.ends.push([before, after]);
  }
  const longest = Math.max(...words.map((word) => word.length));
  return {
    lookahead: longest,
    search: searchStarts((text, at, isEnd) => matchAt(root, text, at, { ignoreCase, isEnd })),
  };
}

/** The end of the longest word that begins here; "unsure" while one could still grow. */
function matchAt(
  root: TrieNode,
  text: string,
  at: number,
  { ignoreCase, isEnd }: { readonly ignoreCase: boolean; readonly isEnd: boolean },
): number | "unsure" | undefined {
  let node = root.next.get(foldUnit(text.charCodeAt(at), ignoreCase));
  let best: number | undefined;
  for (let end = at + 1; node !== undefined; end++) {
    for (const [before, after] of node.ends) {
      if (before && !isBoundary(text, at)) continue;
      if (after && end === text.length && !isEnd) return "unsure";
      if (!after || isBoundary(text, end)) best = end;
    }
    if (end === text.length) return node.next.size > 0 && !isEnd ? "unsure" : best;
    node = node.next.get(foldUnit(text.charCodeAt(end), ignoreCase));
  }
  return best;
}

function isBoundary(text: string, at: number): boolean {
  const before = at > 0 && isWordUnit(text.charCodeAt(at - 1));
  const after = at < text.length && isWordUnit(text.charCodeAt(at));
  return before !== after;
}

function unitsOf(word: string, ignoreCase: boolean): number[] {
  return Array.from({ length: word.length }, (_, i) => foldUnit(word.charCodeAt(i), ignoreCase));
}

const folded = new Map<number, number>();

/** Simple case folding within one unit, as RE2 does it: K, k and the Kelvin sign are one. */
function foldUnit(unit: number, ignoreCase: boolean): number {
  if (!ignoreCase) return unit;
  if (unit < 128) return unit >= 65 && unit <= 90 ? unit + 32 : unit;
  const known = folded.get(unit);
  if (known !== undefined) return known;
  const character = String.fromCharCode(unit);
  const upper = character.toUpperCase();
  const lower = (upper.length === 1 ? upper : character).toLowerCase();
  const result = lower.length === 1 ? lower.charCodeAt(0) : unit;
  folded.set(unit, result);
  return result;
}
