import { jaccard } from "../nearest.ts";
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
      const likeness = jaccard(a.words, b.words);
      if (least === undefined || likeness < least.likeness) least = { pair: [a.answer, b.answer], likeness };
    }
  return least?.pair;
}

function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{M}\p{N}']+/gu) ?? []);
}
