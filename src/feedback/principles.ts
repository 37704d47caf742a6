import type { Principle } from "../constitution/index.ts";
import type { Rng } from "../rng.ts";

/** One principle, with probability proportional to its weight; undefined from an empty list. */
export function drawByWeight(principles: readonly Principle[], random: Rng): Principle | undefined {
  let total = 0;
  for (const { weight } of principles) total += weight;
  let left = random.next() * total;
  for (const principle of principles) {
    left -= principle.weight;
    if (left < 0) return principle;
  }
  return principles.at(-1);
}
