/** The n-gram that stands in the most answers. */
export interface Repetition {
  readonly ngram: string;
  /** Answers that contain it. */
  readonly count: number;
  /** count / number of answers; 0 when no answer has n words. */
  readonly share: number;
}

export interface LengthStatistics {
  readonly mean: number;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Words of a text, split at white space, in lower case. */
export function words(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
}

/**
 * Boilerplate without a judge: the largest share of answers (to different prompts) that contain one and the same run of
 * n words. An n-gram counts once an answer. Ties go to the n-gram first met.
 */
export function findMostRepeated(texts: readonly string[], n = 8): Repetition {
  const counts = new Map<string, number>();
  let best: Repetition = { ngram: "", count: 0, share: 0 };
  for (const text of texts) {
    const tokens = words(text);
    const seen = new Set<string>();
    for (let i = 0; i + n <= tokens.length; i++) seen.add(tokens.slice(i, i + n).join(" "));
    for (const ngram of seen) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  }
  for (const [ngram, count] of counts) {
    if (count > best.count) best = { ngram, count, share: count / texts.length };
  }
  return best;
}

/** Share of answers that are word for word an earlier one; 0 for no answers. */
export function duplicateShare(texts: readonly string[]): number {
  if (texts.length === 0) return 0;
  const distinct = new Set(texts.map((text) => words(text).join(" ")));
  return (texts.length - distinct.size) / texts.length;
}

/** Lengths in words; undefined for no answers. The median of an even number is the mean of the middle two. */
export function lengthStatistics(texts: readonly string[]): LengthStatistics | undefined {
  const lengths = texts.map((text) => words(text).length).sort((a, b) => a - b);
  const n = lengths.length;
  const [min] = lengths;
  const max = lengths.at(-1);
  const below = lengths[Math.floor((n - 1) / 2)];
  const above = lengths[Math.floor(n / 2)];
  if (min === undefined || max === undefined || below === undefined || above === undefined) return undefined;
  return { mean: lengths.reduce((sum, length) => sum + length, 0) / n, median: (below + above) / 2, min, max };
}
