import type { Statement } from "./votes.ts";
import { differsInMeaning, plainText } from "./words.ts";

/** Two statements that say the same, as far as their texts tell. */
export interface Duplicate {
  readonly first: string;
  readonly second: string;
  readonly kind: "exact" | "near";
  /** 0 to 1. */
  readonly likeness: number;
}

export interface DuplicateOptions {
  /** Vectors of meaning by statement id, where a model is at hand; else texts are compared by their letters. */
  readonly embeddings?: ReadonlyMap<string, Float64Array | readonly number[]> | undefined;
  readonly minimumLikeness?: number | undefined;
}

/** Least likeness by letters at which two texts say the same. */
export const MINIMUM_LEXICAL = 0.75;
const MINIMUM_COSINE = 0.9;
/** Of each text its rarest pieces decide with which others it is compared: never all pairs of thousands. */
const KEYS = 12;

/**
 * Pairs of statements that are the same text but for case, accents, punctuation and blanks, or nearly so: Dice's coefficient over
 * trigrams of letters, or the cosine of embeddings. A pair that differs by a negation, a number or an opposite is none. A
 * suggestion to a moderator, most alike first; nothing is merged by it.
 */
export function findDuplicates(statements: readonly Statement[], options: DuplicateOptions = {}): Duplicate[] {
  const texts = statements
    .map(({ id, text }) => ({ id, text, plain: plainText(text) }))
    .filter(({ plain }) => plain !== "");
  const grams = new Map(texts.map(({ id, plain }) => [id, gramsOf(plain)]));
  const found: Duplicate[] = [];
  for (const [a, b] of pairsToCompare(texts, grams, options.embeddings !== undefined)) {
    const isExact = a.plain === b.plain;
    if (!isExact && differsInMeaning(a.text, b.text)) continue;
    const [one, other] = [options.embeddings?.get(a.id), options.embeddings?.get(b.id)];
    const isMeant = one !== undefined && other !== undefined;
    const likeness = isExact ? 1 : isMeant ? cosine(one, other) : dice(grams.get(a.id), grams.get(b.id));
    if (likeness < (options.minimumLikeness ?? (isMeant ? MINIMUM_COSINE : MINIMUM_LEXICAL))) continue;
    found.push({ first: a.id, second: b.id, kind: isExact ? "exact" : "near", likeness });
  }
  return found.sort((a, b) => b.likeness - a.likeness);
}

interface Text {
  readonly id: string;
  readonly text: string;
  readonly plain: string;
}

/** All pairs by meaning; by letters, pairs that share one of the rarest pieces of both. */
function* pairsToCompare(
  texts: readonly Text[],
  grams: ReadonlyMap<string, ReadonlySet<string>>,
  isByMeaning: boolean,
): Generator<readonly [Text, Text]> {
  if (isByMeaning) {
    for (const [i, a] of texts.entries()) for (const b of texts.slice(i + 1)) yield [a, b];
    return;
  }
  const frequency = new Map<string, number>();
  for (const of of grams.values()) for (const gram of of) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  const holders = new Map<string, Text[]>();
  for (const text of texts) {
    const partners = new Set<Text>();
    const rare = [...(grams.get(text.id) ?? [])].sort(
      (a, b) => (frequency.get(a) as number) - (frequency.get(b) as number) || (a < b ? -1 : 1),
    );
    const isShared = rare.filter((gram) => (frequency.get(gram) as number) > 1);
    for (const gram of isShared.slice(0, KEYS)) {
      const others = holders.get(gram) ?? [];
      for (const other of others) partners.add(other);
      holders.set(gram, [...others, text]);
    }
    for (const partner of partners) yield [partner, text];
  }
}

/** Trigrams of the text with a blank before and behind; the text itself where it is shorter. */
export function gramsOf(plain: string): ReadonlySet<string> {
  const letters = [...` ${plain} `];
  return new Set(letters.slice(2).map((_, i) => letters.slice(i, i + 3).join("")));
}

/** 2 |A ∩ B| / (|A| + |B|) (Dice 1945). */
function dice(a: ReadonlySet<string> | undefined, b: ReadonlySet<string> | undefined): number {
  if (a === undefined || b === undefined) return 0;
  let shared = 0;
  for (const gram of a) if (b.has(gram)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}

function cosine(a: Float64Array | readonly number[], b: Float64Array | readonly number[]): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
