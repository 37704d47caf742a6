import type { LabelledRequest } from "./shelf.ts";

export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[a-z']+/g) ?? [];

const countWords = (requests: readonly LabelledRequest[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { text } of requests)
    for (const word of new Set(wordsOf(text))) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
};

/** A list of key words, as people write them: in three harmful requests and in no harmless one. The score is how many a text has. */
export function keyWordScore(training: readonly LabelledRequest[]): {
  readonly size: number;
  readonly score: (text: string) => number;
} {
  const harmless = countWords(training.filter(({ isHarmful }) => !isHarmful));
  const harmful = countWords(training.filter(({ isHarmful }) => isHarmful));
  const list = new Set([...harmful].filter(([word, count]) => count >= 3 && !harmless.has(word)).map(([word]) => word));
  return { size: list.size, score: (text) => wordsOf(text).filter((word) => list.has(word)).length };
}

/** Words with weights: log-odds of naive Bayes with one count added (Manning et al. 2008, ch. 13), summed over a text. */
export function weightedWordScore(training: readonly LabelledRequest[]): (text: string) => number {
  const parts = [true, false].map((isHarmful) => {
    const own = training.filter((one) => one.isHarmful === isHarmful);
    return { counts: countWords(own), size: own.length };
  });
  const logOf = (word: string, part: (typeof parts)[number] | undefined): number =>
    Math.log(((part?.counts.get(word) ?? 0) + 1) / ((part?.size ?? 0) + 2));
  return (text) => wordsOf(text).reduce((sum, word) => sum + logOf(word, parts[0]) - logOf(word, parts[1]), 0);
}
