import { type Rng, rng } from "../../src/rng.ts";

/** What every log of the benchmark is made of: a request, what was answered, what was found in it, what became of it. */
export interface Item {
  readonly id: string;
  readonly principle: string;
  readonly request: string;
  readonly response: string;
  readonly critique: string;
  readonly revision: string;
}

export const principles = ["honest", "kind", "careful", "private", "fair", "plain"] as const;

/**
 * Words to search for. Each stands at the beginning of one request of 200 and of its response, and nowhere else: one viewer
 * searches requests, another responses, ours both, and all must find the same items. As many begin with a word that differs in
 * its last letter, so that nobody has the rows before the whole word is typed.
 */
export const searched = [
  "lighthouse",
  "marzipan",
  "velvet",
  "orchard",
  "compass",
  "thunder",
  "pelican",
  "cinnamon",
  "glacier",
  "trumpet",
  "walnut",
  "harness",
] as const;

const rarity = 200;
const lookalikes = searched.map((word) => `${word.slice(0, -1)}x`);
/** Words of the made-up language; drawn by Zipf's law (the r-th as often as 1/r), as words of texts are. */
const vocabularySize = 30_000;

/** The same items for the same seed, about 1,700 characters each. */
export function* makeItems(count: number, seed: number): Generator<Item> {
  const vocabulary = makeVocabulary(rng(seed, "vocabulary"));
  for (let i = 0; i < count; i++) {
    const r = rng(seed, "item", i);
    const write = (least: number, most: number): string => writeText(r, vocabulary, least + r.integer(most - least));
    const word = [...searched, ...lookalikes][r.integer(rarity)];
    const begin = (text: string): string => (word === undefined ? text : `About ${word}: ${text}`);
    yield {
      id: `item-${String(i).padStart(6, "0")}`,
      principle: r.pick(principles),
      request: begin(write(12, 40)),
      response: begin(write(60, 120)),
      critique: write(40, 80),
      revision: write(60, 120),
    };
  }
}

function makeVocabulary(r: Rng): string[] {
  const syllables = [..."bdfgklmnprstvz"].flatMap((consonant) => [..."aeiou"].map((vowel) => consonant + vowel));
  const words = new Set<string>();
  while (words.size < vocabularySize) {
    words.add(Array.from({ length: 1 + r.integer(4) }, () => r.pick(syllables)).join("") + r.pick(["", "n", "s"]));
  }
  return [...words].sort((a, b) => a.length - b.length);
}

function writeText(r: Rng, vocabulary: readonly string[], length: number): string {
  const sentences: string[] = [];
  for (let left = length; left > 0; ) {
    const size = Math.min(left, 6 + r.integer(12));
    // The inverse of the distribution function of 1/r, which is log(r) / log(size of the vocabulary).
    const words = Array.from({ length: size }, () => vocabulary[Math.floor(vocabulary.length ** r.next()) - 1] ?? "");
    const sentence = words.join(" ");
    sentences.push(`${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`);
    left -= size;
  }
  return sentences.join(" ");
}
