import type { Rng } from "../../rng.ts";

/** A row of a (N, V) table. */
export interface Row {
  readonly data: Float32Array;
  readonly start: number;
  readonly size: number;
}

/** The index of the largest entry; the first of equals. */
export function argmax({ data, start, size }: Row): number {
  let best = 0;
  let value = data[start]!;
  for (let i = 1; i < size; i++) {
    const other = data[start + i]!;
    if (other > value) {
      value = other;
      best = i;
    }
  }
  return best;
}

/**
 * Draws an index from the nucleus: the smallest set of most probable entries whose mass reaches `topP` (Holtzman et al.
 * 2020). One uniform number a call; at topP = 1 this is inversion of the cumulative distribution, without sorting.
 */
export function sampleNucleus(probabilities: Row, topP: number, random: Rng): number {
  const { data, start, size } = probabilities;
  const uniform = random.next();
  if (topP >= 1) {
    let cumulative = 0;
    let last = 0;
    for (let i = 0; i < size; i++) {
      const p = data[start + i]!;
      if (p === 0) continue;
      last = i;
      cumulative += p;
      if (cumulative > uniform) return i;
    }
    return last;
  }
  const nucleus = nucleusOf(probabilities, topP);
  let mass = 0;
  for (const index of nucleus) mass += data[start + index]!;
  let rest = uniform * mass;
  for (const index of nucleus) {
    rest -= data[start + index]!;
    if (rest < 0) return index;
  }
  return nucleus[nucleus.length - 1] ?? 0;
}

/**
 * Indices of the nucleus, ascending; of equal entries the first are taken. Entries below (1 − topP) / V together weigh
 * less than 1 − topP, so none of them is in it, and only the others are sorted.
 */
export function nucleusOf({ data, start, size }: Row, topP: number): number[] {
  const floor = (1 - topP) / size;
  const sorted = data
    .subarray(start, start + size)
    .filter((p) => p >= floor)
    .sort();
  let mass = 0;
  let at = sorted.length;
  while (at > 0 && mass < topP) mass += sorted[--at]!;
  const least = sorted[at] ?? 0;
  let equals = 0;
  while (sorted[at + equals] === least) equals++;
  const nucleus: number[] = [];
  for (let i = 0; i < size; i++) {
    const p = data[start + i]!;
    if (p > least || (p === least && equals-- > 0)) nucleus.push(i);
  }
  return nucleus;
}
