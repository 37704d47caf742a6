import { sigmoid } from "./labels.ts";

/**
 * R = log π(y | x, p⁺) − log π(y | x, p⁻), nats: how much likelier an answer y is under a context p⁺ in which a principle is
 * followed than under one in which it is broken, p⁻. Sums over the answer's tokens, not means. Liu et al. 2024 (DLMA,
 * arXiv 2402.11907), the self-rewarding score.
 */
export function contrastReward(underPositive: readonly number[], underNegative: readonly number[]): number {
  return sumOf(underPositive) - sumOf(underNegative);
}

/** P(first is better) = σ((R₁ − R₂) / T), T the temperature of the labels: above 1 they are less sure. */
export function rewardLabel(first: number, second: number, temperature = 1): number {
  return sigmoid((first - second) / temperature);
}

/** Index of the best and of the worst of several answers (Pace et al. 2024, West-of-N); undefined where none is better. */
export function pickExtremes(
  rewards: readonly number[],
): { readonly best: number; readonly worst: number } | undefined {
  const [most, least] = [Math.max(...rewards), Math.min(...rewards)];
  if (!(most > least)) return undefined;
  return { best: rewards.indexOf(most), worst: rewards.indexOf(least) };
}

/** The share of items with the widest margins, at least one, in the order that they came in; the earlier of equal ones. */
export function keepWidest<T>(items: readonly T[], marginOf: (item: T) => number, share: number): T[] {
  const count = Math.min(items.length, Math.max(1, Math.round(share * items.length)));
  const ranked = items.map((item, place) => ({ place, margin: marginOf(item) }));
  ranked.sort((a, b) => b.margin - a.margin || a.place - b.place);
  const kept = new Set(ranked.slice(0, count).map(({ place }) => place));
  return items.filter((_, place) => kept.has(place));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
