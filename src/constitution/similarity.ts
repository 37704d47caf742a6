import { contentStems, words } from "./text.ts";

/** A pair of texts by index, and how alike they are in [0, 1]. */
export interface Likeness {
  readonly first: number;
  readonly second: number;
  readonly similarity: number;
}

/**
 * Pairs of texts that say nearly the same: the larger of the cosine of tf-idf over content stems (whatever
 * their order) and the Dice coefficient of character trigrams (which sees through inflection and typing errors), raised to the third
 * power since unrelated sentences of one constitution share about half of their trigrams.
 */
export function nearDuplicates(texts: readonly string[], threshold: number): Likeness[] {
  const vectors = tfIdf(texts.map(contentStems));
  const trigrams = texts.map(characterTrigrams);
  const found: Likeness[] = [];
  for (let second = 1; second < texts.length; second++) {
    for (let first = 0; first < second; first++) {
      const spelled = dice(trigrams[first] ?? new Set(), trigrams[second] ?? new Set());
      const similarity = Math.max(cosine(vectors[first] ?? new Map(), vectors[second] ?? new Map()), spelled ** 3);
      if (similarity >= threshold) found.push({ first, second, similarity });
    }
  }
  return found.sort((a, b) => b.similarity - a.similarity || a.first - b.first || a.second - b.second);
}

/** weight(t) = tf · (1 + ln((1 + N) / (1 + df))): frequent words of the constitution count less, none counts nothing. */
function tfIdf(documents: readonly (readonly string[])[]): Map<string, number>[] {
  const frequency = new Map<string, number>();
  for (const document of documents) {
    for (const term of new Set(document)) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
  return documents.map((document) => {
    const vector = new Map<string, number>();
    for (const term of document) {
      const idf = 1 + Math.log((1 + documents.length) / (1 + (frequency.get(term) ?? 0)));
      vector.set(term, (vector.get(term) ?? 0) + idf);
    }
    return vector;
  });
}

function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let dot = 0;
  for (const [term, weight] of a) dot += weight * (b.get(term) ?? 0);
  const norm = Math.sqrt(squares(a) * squares(b));
  return norm === 0 ? 0 : dot / norm;
}

function squares(vector: ReadonlyMap<string, number>): number {
  return [...vector.values()].reduce((sum, weight) => sum + weight * weight, 0);
}

function characterTrigrams(text: string): Set<string> {
  const line = ` ${words(text).join(" ")} `;
  return new Set(Array.from({ length: Math.max(0, line.length - 2) }, (_, i) => line.slice(i, i + 3)));
}

function dice(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const trigram of a) if (b.has(trigram)) shared++;
  return a.size + b.size === 0 ? 0 : (2 * shared) / (a.size + b.size);
}
