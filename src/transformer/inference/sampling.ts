import { PreceptError } from "../../errors.ts";
import type { TokenGuide } from "../../grammar/index.ts";
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

/** How a token is chosen: at temperature 0 the most probable one, of those that the guide allows. */
export interface DrawOptions {
  readonly temperature: number;
  readonly topP: number;
  readonly random: Rng;
  readonly guide?: TokenGuide | undefined;
}

/**
 * Draws the next token and tells the guide of it. What is forbidden weighs nothing, and the rest is made to sum to 1 before the
 * nucleus is taken. @param logits or log-probabilities. @param probabilities at the temperature; not read at 0.
 */
export function drawToken(logits: Row, probabilities: Row, { temperature, topP, random, guide }: DrawOptions): number {
  if (guide === undefined) return temperature === 0 ? argmax(logits) : sampleNucleus(probabilities, topP, random);
  const token =
    temperature === 0 ? chooseAllowed(logits, guide) : drawAllowed(logits, probabilities, topP, random, guide);
  guide.take(token);
  return token;
}

function chooseAllowed(logits: Row, guide: TokenGuide): number {
  const likeliest = argmax(logits);
  return guide.allows(likeliest) ? likeliest : argmaxOf(logits, guide.mask(logits.size));
}

/** Draws of which the first allowed one is taken: a draw from what is allowed, without the cost of finding out all that is. */
const TRIES = 16;

function drawAllowed(logits: Row, probabilities: Row, topP: number, random: Rng, guide: TokenGuide): number {
  for (let tries = 0; topP >= 1 && tries < TRIES; tries++) {
    const token = sampleNucleus(probabilities, 1, random);
    if (guide.allows(token)) return token;
  }
  const mask = guide.mask(probabilities.size);
  const allowed = restrict(probabilities, mask);
  return allowed === undefined ? argmaxOf(logits, mask) : sampleNucleus(allowed, topP, random);
}

/** The probabilities of what is allowed alone; undefined where all of them are 0. */
function restrict({ data, start, size }: Row, mask: Uint8Array): Row | undefined {
  const allowed = new Float32Array(size);
  let mass = 0;
  for (let i = 0; i < size; i++) {
    if (mask[i] !== 1) continue;
    const p = data[start + i]!;
    allowed[i] = p;
    mass += p;
  }
  if (!(mass > 0)) return undefined;
  for (let i = 0; i < size; i++) allowed[i]! /= mass;
  return { data: allowed, start: 0, size };
}

/** The largest entry of those that are allowed; the first of equals. */
function argmaxOf({ data, start, size }: Row, mask: Uint8Array): number {
  let best = -1;
  for (let i = 0; i < size; i++) {
    if (mask[i] === 1 && (best < 0 || data[start + i]! > data[start + best]!)) best = i;
  }
  if (best >= 0) return best;
  throw new PreceptError("input-invalid", {
    attempted: "Holding an answer to a JSON Schema",
    found: "no token that may come next",
    expected: "a vocabulary that can write JSON of the schema",
  });
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
