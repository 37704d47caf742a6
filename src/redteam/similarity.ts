import { hash32 } from "../rng.ts";

/** A text as duplicates are compared: NFKC, lower case, letters and digits, one space between words. */
export function normalise(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
}

const wordsOf = (text: string): string[] =>
  normalise(text)
    .split(" ")
    .filter((word) => word !== "");

function ngramsOf(words: readonly string[], n: number): string[] {
  if (words.length === 0) return [];
  if (words.length < n) return [words.join(" ")];
  return Array.from({ length: words.length - n + 1 }, (_, start) => words.slice(start, start + n).join(" "));
}

/** Share of the child's pairs of words that stand in the parent. */
export function ngramOverlap(child: string, parent: string, n = 2): number {
  const own = ngramsOf(wordsOf(child), n);
  const there = new Set(ngramsOf(wordsOf(parent), n));
  return own.length === 0 ? 0 : own.filter((ngram) => there.has(ngram)).length / own.length;
}

/**
 * How rare each text's runs of three words are among them and what was written before: the mean of 1/√N over a text's runs, N
 * the texts that have the run, itself included (the bonus of counts, Bellemare et al. 2016). In (0, 1]; 0 without words.
 */
export function rarities(texts: readonly string[], before: readonly string[]): number[] {
  const runs = [...texts, ...before].map((text) => [...new Set(ngramsOf(wordsOf(text), 3))]);
  const counts = countsOf(runs.flat());
  return runs
    .slice(0, texts.length)
    .map((own) => own.reduce((sum, run) => sum + 1 / Math.sqrt(counts.get(run) ?? 1), 0) / Math.max(1, own.length));
}

const permutations = 128;

/** MinHash of a text's runs of three words (Broder 1997): of each of 128 hash functions the least value. (128) */
export function minHash(text: string): Uint32Array {
  const runs = [...new Set(ngramsOf(wordsOf(text), 3))];
  return Uint32Array.from({ length: permutations }, (_, i) =>
    runs.reduce((least, run) => Math.min(least, hash32(run, Math.imul(i + 1, 0x9e3779b9))), 0xffffffff),
  );
}

/** Jaccard similarity of two texts' runs as their signatures estimate it: the share of equal places. */
export function estimateJaccard(a: Uint32Array, b: Uint32Array): number {
  let equal = 0;
  for (const [i, value] of a.entries()) if (value === b[i]) equal += 1;
  return equal / Math.max(1, a.length);
}

/**
 * Mean BLEU of each text against all others (Zhu et al. 2018): up to 4-grams, clipped, add-one smoothed above 1-grams, with
 * the brevity penalty of the nearest length. 1: all say the same; undefined for fewer than two texts.
 */
export function selfBleu(texts: readonly string[], order = 4): number | undefined {
  if (texts.length < 2) return undefined;
  const tokens = texts.map(wordsOf);
  const tables = Array.from({ length: order }, (_, i) => tokens.map((words) => countsOf(ngramsExactly(words, i + 1))));
  const most = tables.map(mostTwo);
  let total = 0;
  for (const [index, words] of tokens.entries()) {
    let logs = 0;
    let orders = 0;
    for (const [i, table] of tables.entries()) {
      const own = table[index] ?? new Map<string, number>();
      const size = Math.max(0, words.length - i);
      if (size === 0) continue;
      const clipped = [...own].reduce((sum, [ngram, n]) => sum + Math.min(n, most[i]?.(ngram, index) ?? 0), 0);
      const precision = i === 0 ? clipped / size : (clipped + 1) / (size + 1);
      logs += precision === 0 ? Number.NEGATIVE_INFINITY : Math.log(precision);
      orders += 1;
    }
    const nearest = nearestLength(tokens, index);
    const brevity = words.length >= nearest ? 1 : Math.exp(1 - nearest / Math.max(1, words.length));
    if (orders > 0) total += brevity * Math.exp(logs / orders);
  }
  return total / texts.length;
}

const ngramsExactly = (words: readonly string[], n: number): string[] => (words.length < n ? [] : ngramsOf(words, n));

function countsOf(ngrams: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const ngram of ngrams) counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
  return counts;
}

/** The largest count of an n-gram in any text but one: the two largest and whose the first is suffice. */
function mostTwo(tables: readonly ReadonlyMap<string, number>[]): (ngram: string, except: number) => number {
  const most = new Map<string, { first: number; of: number; second: number }>();
  for (const [index, table] of tables.entries()) {
    for (const [ngram, n] of table) {
      const known = most.get(ngram);
      if (known === undefined) most.set(ngram, { first: n, of: index, second: 0 });
      else if (n > known.first) most.set(ngram, { first: n, of: index, second: known.first });
      else known.second = Math.max(known.second, n);
    }
  }
  return (ngram, except) => {
    const known = most.get(ngram);
    return known === undefined ? 0 : known.of === except ? known.second : known.first;
  };
}

function nearestLength(tokens: readonly (readonly string[])[], index: number): number {
  const own = tokens[index]?.length ?? 0;
  let nearest = Number.POSITIVE_INFINITY;
  for (const [other, { length }] of tokens.entries()) {
    if (other === index) continue;
    if (Math.abs(length - own) < Math.abs(nearest - own)) nearest = length;
  }
  return nearest;
}
