/** What was found so far, and where the search goes on. */
export interface Search {
  readonly matches: readonly (readonly [from: number, to: number])[];
  /** Every match that begins before it is among `matches`; it may only move on as text is added. */
  readonly decided: number;
}

/** A search for spans in a text that grows. The same text gives the same matches, however it was cut. */
export interface SpanMatcher {
  /** UTF-16 units that it may need beyond a character to be sure of it. */
  readonly lookahead: number;
  /** Searches `text` from `from` on; what stands before is context. `isEnd`: nothing follows. */
  search(text: string, from: number, isEnd: boolean): Search;
}

/** RE2's \b: ASCII letters, digits and the underscore make words. */
export const isWordUnit = (unit: number): boolean =>
  (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 90) || unit === 95 || (unit >= 97 && unit <= 122);

/** The end of what begins here; "unsure" while more text could change that. */
export type MatchAt = (text: string, at: number, isEnd: boolean) => number | "unsure" | undefined;

/** A search that asks at every place, from left to right, and goes on behind what it found. */
export function searchStarts(matchAt: MatchAt): SpanMatcher["search"] {
  return (text, from, isEnd) => {
    const matches: [number, number][] = [];
    let at = from;
    while (at < text.length) {
      const end = matchAt(text, at, isEnd);
      if (end === "unsure") return { matches, decided: at };
      if (end !== undefined) matches.push([at, end]);
      at = end ?? at + 1;
    }
    return { matches, decided: at };
  };
}

/** Tokens of a kind: a run of characters that begins as told, is never longer than `most`, and is judged whole. */
export interface TokenForm {
  readonly starts: RegExp;
  readonly continues: RegExp;
  readonly most: number;
  /** Whether a run that begins like this can be none of them, so that it is not waited for. */
  readonly refuses?: ((start: string) => boolean) | undefined;
  /** The length of what the run begins with, or undefined. */
  readonly accept: (run: string) => number | undefined;
}

/** Holds back a run of characters only while it lasts. */
export function tokenMatcher({ starts, continues, most, refuses = () => false, accept }: TokenForm): SpanMatcher {
  const search = searchStarts((text, at, isEnd) => {
    if (!starts.test(text[at] ?? "") || (at > 0 && isWordUnit(text.charCodeAt(at - 1)))) return undefined;
    let end = at + 1;
    while (end < text.length && end - at < most && continues.test(text[end] ?? "")) end++;
    const run = text.slice(at, end);
    if (refuses(run)) return undefined;
    if (end === text.length && end - at < most && !isEnd) return "unsure";
    const length = accept(run);
    return length === undefined ? undefined : at + length;
  });
  return { lookahead: most, search };
}
