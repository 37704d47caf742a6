const segmenter = new Intl.Segmenter("en", { granularity: "word" });
const unspacedRuns = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{M}ー]+/gu;
const hasUnspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/**
 * The words that a text is found by: as Unicode divides them, small; of Han, Kana and Thai, which write none, every two
 * signs that follow each other.
 */
export function splitWords(text: string): string[] {
  const plain = text.normalize("NFKC").toLowerCase();
  if (!hasUnspaced.test(plain)) return wordsOf(plain);
  const words: string[] = [];
  let from = 0;
  for (const match of plain.matchAll(unspacedRuns)) {
    if (!hasUnspaced.test(match[0])) continue;
    words.push(...wordsOf(plain.slice(from, match.index)), ...pairsOf(match[0]));
    from = match.index + match[0].length;
  }
  return [...words, ...wordsOf(plain.slice(from))];
}

const wordsOf = (text: string): string[] =>
  [...segmenter.segment(text)].flatMap(({ segment, isWordLike }) => (isWordLike === true ? [segment] : []));

function pairsOf(run: string): string[] {
  const signs = [...run];
  return signs.length === 1 ? signs : signs.slice(1).map((sign, i) => `${signs[i]}${sign}`);
}
