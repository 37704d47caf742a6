import { PreceptError } from "../errors.ts";

/**
 * Holm 1979, step-down: the k-th smallest p of m becomes max over j ≤ k of min(1, (m − j + 1) p_(j)). Controls the chance
 * of one false finding or more. In the order given.
 * @throws PreceptError input-invalid for a p outside [0, 1].
 */
export function holm(pValues: readonly number[]): number[] {
  const order = sortedOrder(pValues);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let highest = 0;
  for (const [rank, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * (pValues[index] ?? 1)));
    adjusted[index] = highest;
  }
  return adjusted;
}

/**
 * Benjamini & Hochberg 1995, step-up: the k-th smallest p of m becomes min over j ≥ k of min(1, m p_(j) / j). Controls the
 * share of false ones among the findings. In the order given.
 * @throws PreceptError input-invalid for a p outside [0, 1].
 */
export function benjaminiHochberg(pValues: readonly number[]): number[] {
  const order = sortedOrder(pValues);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let lowest = 1;
  for (const [rank, index] of [...order.entries()].reverse()) {
    lowest = Math.min(lowest, (pValues.length * (pValues[index] ?? 1)) / (rank + 1));
    adjusted[index] = lowest;
  }
  return adjusted;
}

function sortedOrder(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) {
    throw new PreceptError("input-invalid", {
      attempted: "Correcting for multiple comparisons",
      found: `a p-value of ${wrong}`,
      expected: "p-values in [0, 1]",
    });
  }
  return pValues.map((_, i) => i).sort((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1) || a - b);
}
