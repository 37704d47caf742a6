/** Scripts that put no spaces between words: their signs are taken by pairs. \u30fc lengthens a kana. */
const unspaced =
  "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}\\u30fc";
const runs = new RegExp(`([${unspaced}]+)|((?:(?![${unspaced}])[\\p{L}\\p{M}\\p{N}])+)`, "gu");
const asciiRuns = /[a-z0-9]+/g;
/** Signs of a word that count; longer ones are no words of people's. */
const longestWord = 48;

/** The words of a text in their order: letters and digits in one spelling and lower case. */
export function wordsOf(text: string): string[] {
  if (/^[\0-\x7f]*$/.test(text)) return (text.toLowerCase().match(asciiRuns) ?? []).map(cut);
  const words: string[] = [];
  for (const [, pairs, word] of text.normalize("NFKC").toLowerCase().matchAll(runs)) {
    if (word !== undefined) words.push(cut(word));
    else if (pairs !== undefined) words.push(...pairsOf(pairs));
  }
  return words;
}

const cut = (word: string): string => (word.length > longestWord ? word.slice(0, longestWord) : word);

/** "港の朝" → 港の, の朝, 朝: the last alone, so that a single sign is the beginning of a word wherever it stands. */
function pairsOf(run: string): string[] {
  const signs = [...run];
  return signs.map((sign, i) => sign + (signs[i + 1] ?? ""));
}

/** Words of a search that stand one behind the other in one text. */
export interface Term {
  readonly words: readonly string[];
  /** The last one may be the beginning of a longer word. */
  readonly isPrefix: boolean;
}

/**
 * What somebody searches for: every term must occur. Words in quotes are one term; so is a word that falls into several, such as
 * "don't". The last word, and a single sign of a script without spaces, may be the beginning of a longer one.
 */
export function parseTerms(typed: string): Term[] {
  const pieces = [...typed.matchAll(/"([^"]*)("?)|[^\s"]+/gu)];
  return pieces.flatMap((match, i): Term[] => {
    const [whole, quoted, close] = match;
    const isOpen = i === pieces.length - 1 && close !== '"';
    return termOf(quoted ?? whole, isOpen);
  });
}

function termOf(text: string, isOpen: boolean): Term[] {
  const words = wordsOf(text);
  const [last, before] = [words.at(-1), words.at(-2)];
  if (last === undefined) return [];
  const isSingle = isSign(last);
  // 漢字 is the pair alone, not the pair and then 字 by itself.
  const isEndOfPair =
    isSingle && before !== undefined && [...before].length === 2 && before.endsWith(last) && isPair(before);
  if (isEndOfPair) return [{ words: words.slice(0, -1), isPrefix: false }];
  return [{ words, isPrefix: isOpen || isSingle }];
}

const sign = new RegExp(`^[${unspaced}]$`, "u");
const pair = new RegExp(`^[${unspaced}]{2}$`, "u");
const isSign = (word: string): boolean => sign.test(word);
const isPair = (word: string): boolean => pair.test(word);

/** Whether the words of one text hold a term. */
export function holdsTerm(words: readonly string[], { words: wanted, isPrefix }: Term): boolean {
  const last = wanted.length - 1;
  return words.some((_, start) =>
    wanted.every((word, i) => {
      const found = words[start + i];
      return found !== undefined && (isPrefix && i === last ? found.startsWith(word) : found === word);
    }),
  );
}

/** Whether an item, by the words of each of its texts, holds every term. */
export function holdsTerms(texts: readonly (readonly string[])[], terms: readonly Term[]): boolean {
  return terms.every((term) => texts.some((words) => holdsTerm(words, term)));
}
