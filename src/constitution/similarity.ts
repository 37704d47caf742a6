import { contentStems, words } from "./text.ts";

/** A pair of texts by index, and how alike they are in [0, 1]. */
export interface Likeness {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/**
 * Pairs of texts that say nearly the same, whatever the order of their words: the larger of two tf-idf cosines, over
 * content stems and over character trigrams (which see through inflection and typing errors). What all texts share, such
 * as "choose the response that", weighs next to nothing.
 */
export function pairNearDuplicates(texts: readonly string[], threshold: number): Likeness[] {
  const stems = tfIdf(texts.map(contentStems));
  const trigrams = tfIdf(texts.map(characterTrigrams));
  const found: Likeness[] = [];
  for (let second = 1; second < texts.length; second++) {
    for (let first = 0; first < second; first++) {
      const similarity = Math.max(cosine(stems[first], stems[second]), cosine(trigrams[first], trigrams[second]));
      if (similarity >= threshold) found.push({ first, second, similarity });
    }
  }
  return found.sort((a, b) => b.similarity - a.similarity || a.first - b.first || a.second - b.second);
}

type Vector = ReadonlyMap<string, number>;

/** weight(t) = tf · ln((2 + N) / (1 + df)): never zero, so that two texts alone can still be alike. */
function tfIdf(documents: readonly (readonly string[])[]): Vector[] {
  const frequency = new Map<string, number>();
  for (const document of documents) {
    for (const term of new Set(document)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
  return documents.map((document) => {
    const vector = new Map<string, number>();
    for (const term of document) {
      const idf = Math.log((2 + documents.length) / (1 + (frequency.get(term) ?? 0)));
      vector.set(term, (vector.get(term) ?? 0) + idf);
    }
    return vector;
  });
}

/** a·b / (|a| |b|), in [0, 1] for weights that are not negative; 0 for an empty vector. */
function cosine(a: Vector = new Map(), b: Vector = new Map()): number {
  let dot = 0;
  for (const [term, weight] of a) dot += weight * (b.get(term) ?? 0);
  const norm = Math.sqrt(squares(a) * squares(b));
  return norm === 0 ? 0 : dot / norm;
}

function squares(vector: Vector): number {
  return [...vector.values()].reduce((sum, weight) => sum + weight * weight, 0);
}

function characterTrigrams(text: string): string[] {
  const line = ` ${words(text).join(" ")} `;
  return Array.from({ length: Math.max(0, line.length - 2) }, (_, i) => line.slice(i, i + 3));
}
