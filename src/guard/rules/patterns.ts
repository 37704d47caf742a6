import { RE2JS, RE2JSException } from "re2js";
import type { Search, SpanMatcher } from "./matcher.ts";
import { measurePattern } from "./regex.ts";
import { wordMatcher } from "./words.ts";

/** The most that a pattern may hold back of a stream. */
const LONGEST_MATCH = 4000;

export interface PatternOptions {
  readonly ignoreCase?: boolean | undefined;
  /** The most that each repetition without a bound (`*`, `+`, `{2,}`) takes. */
  readonly maxLength?: number | undefined;
}

/** Why a pattern is refused: what was found, and where in it, if that is known. */
export class PatternFault extends Error {
  readonly at: number | undefined;

  constructor(found: string, at?: number) {
    super(found);
    this.name = "PatternFault";
    this.at = at;
  }
}

/**
 * Compiles a pattern to a search in linear time (RE2); where two matches begin together the longer one counts. Patterns that
 * are lists of words become a search for words, which holds back less. @throws PatternFault
 */
export function compilePattern(pattern: string, { ignoreCase = false, maxLength }: PatternOptions = {}): SpanMatcher {
  compile(pattern, ignoreCase);
  const measured = measurePattern(pattern, maxLength);
  if (measured.unbounded !== undefined) {
    throw new PatternFault(
      "a repetition without a bound, which would hold back a stream for ever: give maxLength, or write {0,40} instead of * and {1,40} instead of +",
      measured.unbounded,
    );
  }
  if (measured.shortest === 0) throw new PatternFault("it matches the empty text");
  if (measured.longest > LONGEST_MATCH) {
    throw new PatternFault(
      `its longest match has ${measured.longest} characters; at most ${LONGEST_MATCH} can be held back`,
    );
  }
  if (measured.words !== undefined) return wordMatcher(measured.words, ignoreCase);
  return boundedMatcher(compile(measured.source, ignoreCase), measured.longest);
}

function compile(source: string, ignoreCase: boolean): RE2JS {
  try {
    return RE2JS.compile(source, RE2JS.LONGEST_MATCH | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0));
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new PatternFault(error.message.replace(/^error parsing regexp: /, ""));
  }
}

/**
 * A start is decided once the longest match from it, and the character after that (for \b and $), are there: any match from
 * it is then the one that the whole text has.
 */
function boundedMatcher(pattern: RE2JS, longest: number): SpanMatcher {
  return {
    lookahead: longest,
    search(text, from, isEnd): Search {
      const limit = isEnd ? text.length : text.length - longest;
      const matches: [number, number][] = [];
      if (limit <= from) return { matches, decided: from };
      const matcher = pattern.matcher(text);
      let at = from;
      while (at < limit && matcher.find(at)) {
        const start = matcher.start();
        if (start >= limit) break;
        at = matcher.end();
        matches.push([start, at]);
      }
      return { matches, decided: Math.max(at, limit) };
    },
  };
}
