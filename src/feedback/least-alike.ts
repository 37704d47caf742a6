import type { Pair } from "./comparisons.ts";
import type { ResponseRecord } from "./records.ts";
import { isAnswered } from "./responses.ts";

/**
 * Of a prompt's answers the two that share least: lowest |A ∩ B| / |A ∪ B| of their sets of words, the first such pair in their
 * order. Answers alike teach nothing when they are compared. Answers that are missing count only where fewer than two are there.
 * undefined: fewer than two answers.
 */
export function pickLeastAlike(answers: readonly ResponseRecord[]): Pair | undefined {
  const there = answers.filter(isAnswered);
  const candidates = (there.length < 2 ? answers : there).map((answer) => ({
    answer,
    words: wordsOf(answer.response),
  }));
  let least: { readonly pair: Pair; readonly likeness: number } | undefined;
  for (const [index, a] of candidates.entries())
    for (const b of candidates.slice(index + 1)) {
      const likeness = likenessOf(a.words, b.words);
      if (least === undefined || likeness < least.likeness) least = { pair: [a.answer, b.answer], likeness };
    }
  return least?.pair;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{M}\p{N}']+/gu) ?? []);
}

/** Jaccard's index; 1 of two empty sets. */
function likenessOf(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const shared = [...a].filter((word) => b.has(word)).length;
  const all = a.size + b.size - shared;
  return all === 0 ? 1 : shared / all;
}
