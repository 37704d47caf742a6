import type { Outcome } from "../../language-model.ts";

/** (votesᵢ + 1) / (n + k): Laplace's rule, so that few votes never make certainty. */
export function smoothVotes(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, counts.length);
  return counts.map((count) => (count + 1) / total);
}

/** The most frequent of the outcomes that were no votes; ties go to the earlier. */
export function findMostFrequent(outcomes: readonly Outcome[]): Outcome {
  const counts = new Map<Outcome, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? "unparsable";
}
