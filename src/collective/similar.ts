import { gramsOf, MINIMUM_LEXICAL } from "./duplicates.ts";
import { differsInMeaning, plainText } from "./words.ts";

/** A text that says the same as another, as far as letters tell. */
export interface SimilarText {
  readonly id: string;
  /** 0 to 1. */
  readonly likeness: number;
}

export interface SimilarOptions {
  readonly most?: number | undefined;
  readonly minimumLikeness?: number | undefined;
  /** Leaves texts out. Default: none. */
  readonly isWanted?: ((id: string) => boolean) | undefined;
}

/** Letters and digits of a text below which its likeness to others says nothing. */
const LEAST_LETTERS = 8;

/**
 * Texts in which those are found that say the same as another one, as `findDuplicates` compares two: Dice's coefficient over trigrams,
 * and never across a negation, a number or an opposite. A search costs as much as there are texts that share a trigram.
 */
export class SimilarTexts {
  readonly #texts = new Map<string, { readonly text: string; readonly plain: string; readonly size: number }>();
  /** By trigram, ids of the texts that hold it. */
  readonly #holders = new Map<string, string[]>();

  has(id: string): boolean {
    return this.#texts.has(id);
  }

  add({ id, text }: { readonly id: string; readonly text: string }): void {
    if (this.#texts.has(id)) return;
    const plain = plainText(text);
    const grams = plain === "" ? new Set<string>() : gramsOf(plain);
    this.#texts.set(id, { text, plain, size: grams.size });
    for (const gram of grams) {
      const holders = this.#holders.get(gram);
      if (holders === undefined) this.#holders.set(gram, [id]);
      else holders.push(id);
    }
  }

  /** Most alike first; of like ones by id. Nothing for a text of a word or less. */
  find(text: string, options: SimilarOptions = {}): SimilarText[] {
    const { most = 3, minimumLikeness = MINIMUM_LEXICAL, isWanted = () => true } = options;
    const plain = plainText(text);
    if (plain.length < LEAST_LETTERS) return [];
    const grams = gramsOf(plain);
    const shared = new Map<string, number>();
    for (const gram of grams) for (const id of this.#holders.get(gram) ?? []) shared.set(id, (shared.get(id) ?? 0) + 1);
    return [...shared]
      .flatMap(([id, count]): SimilarText[] => {
        const other = this.#texts.get(id);
        if (other === undefined) return [];
        const isExact = other.plain === plain;
        const likeness = isExact ? 1 : (2 * count) / (grams.size + other.size);
        if (likeness < minimumLikeness || !isWanted(id)) return [];
        return isExact || !differsInMeaning(text, other.text) ? [{ id, likeness }] : [];
      })
      .sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1))
      .slice(0, most);
  }
}
