import { throwIfInterrupted } from "../errors.ts";

export interface PhraseSearch {
  /** Words that phrases are made of. */
  readonly vocabulary: readonly string[];
  /** How much a phrase moves the target, in any unit: the search goes where it moves most. */
  readonly measure: (phrases: readonly string[]) => Promise<readonly number[]>;
  /** Phrases that are made longer in each round. Default 4. */
  readonly beam?: number | undefined;
  /** Words that a phrase is made longer with: those that move most alone. Default 12. */
  readonly partners?: number | undefined;
  /** Words of the longest phrase. Default 3. */
  readonly longest?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FoundPhrase {
  readonly text: string;
  readonly moved: number;
}

/**
 * Phrases that move a target, the strongest first: all words alone, then the best made longer at either end. A trigger of several
 * words is found where a part of it moves too, as it does in models that never learned that the part means nothing.
 */
export async function searchPhrases(search: PhraseSearch): Promise<readonly FoundPhrase[]> {
  const { vocabulary, measure, beam = 4, partners = 12, longest = 3, signal } = search;
  const known = new Map<string, number>();
  const rank = (texts: Iterable<string>): FoundPhrase[] =>
    [...texts]
      .map((text) => ({ text, moved: known.get(text) ?? Number.NEGATIVE_INFINITY }))
      .sort((a, b) => b.moved - a.moved || (a.text < b.text ? -1 : 1));
  const measureNew = async (phrases: readonly string[]): Promise<void> => {
    const fresh = [...new Set(phrases)].filter((text) => !known.has(text));
    throwIfInterrupted(signal, "Searching for a trigger");
    const moved = fresh.length === 0 ? [] : await measure(fresh);
    for (const [index, text] of fresh.entries()) known.set(text, moved[index] ?? Number.NEGATIVE_INFINITY);
  };
  await measureNew(vocabulary);
  const words = rank(vocabulary)
    .slice(0, partners)
    .map(({ text }) => text);
  for (let length = 2; length <= longest; length++) {
    const grown = rank(known.keys())
      .filter(({ text }) => text.split(" ").length < length)
      .slice(0, beam)
      .flatMap(({ text }) =>
        words
          .filter((word) => !text.split(" ").includes(word))
          .flatMap((word) => [`${text} ${word}`, `${word} ${text}`]),
      );
    await measureNew(grown);
  }
  return rank(known.keys());
}

/** The strongest of every length, so that a short trigger is not hidden by longer phrases that merely confuse. */
export function strongestByLength(found: readonly FoundPhrase[], each: number): readonly FoundPhrase[] {
  const lengths = Map.groupBy(found, ({ text }) => text.split(" ").length);
  return [...lengths].sort(([a], [b]) => a - b).flatMap(([, phrases]) => phrases.slice(0, each));
}
