import type { Outcome } from "../../language-model.ts";

/** The option that an answer names: as it is written, else in other cases ("Yes." where " yes" is offered). */
export function readVote(text: string, options: readonly string[]): number | undefined {
  const exact = findNamedOption(text, options);
  if (exact !== undefined) return exact;
  const lower = options.map((option) => option.toLowerCase());
  return new Set(lower).size === options.length ? findNamedOption(text.toLowerCase(), lower) : undefined;
}

/** As a whole at its beginning, else the only one that occurs in it. */
function findNamedOption(text: string, options: readonly string[]): number | undefined {
  const answer = text.trim();
  const beginning = options.findIndex((option) => isSaid(answer, option.trim(), true));
  if (beginning >= 0) return beginning;
  const bare = options.map((option) => option.trim());
  const named = bare.flatMap((option, index) => (isSaid(answer, option, false) ? [index] : []));
  if (named.length > 0) return named.length === 1 ? named[0] : undefined;
  // "(A)" asked for and "A" answered.
  const letters = bare.map((option) => /^\W*(\w)\W*$/.exec(option)?.[1]);
  const only = /^\W*(\w)\W*$/.exec(answer)?.[1];
  const index = only === undefined ? -1 : letters.indexOf(only);
  return index >= 0 ? index : undefined;
}

/** Whether an option stands in a text with no word running on before or after it. */
function isSaid(text: string, option: string, atStart: boolean): boolean {
  if (option === "") return false;
  for (let at = text.indexOf(option); at >= 0; at = text.indexOf(option, at + 1)) {
    if (atStart && at > 0) return false;
    const before = text.slice(0, at);
    const after = text.slice(at + option.length);
    const runsOn =
      (/^[\p{L}\p{N}]/u.test(option) && /[\p{L}\p{N}]$/u.test(before)) ||
      (/[\p{L}\p{N}]$/u.test(option) && /^[\p{L}\p{N}]/u.test(after));
    if (!runsOn) return true;
  }
  return false;
}

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
