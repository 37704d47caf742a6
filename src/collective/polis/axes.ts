import { type CentredVotes, gramProduct } from "../centred.ts";
import type { Axes } from "../projection.ts";
import { addScaled, dot, norm, scaleBy } from "../vectors.ts";

const ITERATIONS = 100;

/**
 * Two components by power iteration (Polis math, pca.clj): w ← Xᵀ(X w) / |·|, until the norm is exactly the same twice or 100
 * rounds are over, then once more with the first direction taken off the rows. `start`: the components of the last update,
 * shorter by the statements that are new. Departure: Polis starts cold from unseeded random numbers, this from ones.
 */
export function powerAxes(votes: CentredVotes, start?: Axes): Axes {
  const width = votes.center.length;
  const first = iterate((w) => gramProduct(votes, w), pad(start?.first, width));
  const off = (w: Float64Array): Float64Array => {
    const rest = w.slice();
    addScaled(rest, -dot(w, first), first);
    return rest;
  };
  const second = iterate((w) => off(gramProduct(votes, off(w))), pad(start?.second, width));
  return { first, second };
}

function iterate(multiply: (w: Float64Array) => Float64Array, start: Float64Array): Float64Array {
  let w = start;
  let before = Number.NaN;
  for (let round = 0; round <= ITERATIONS; round++) {
    const product = multiply(w);
    const length = norm(product);
    if (length === 0) return new Float64Array(w.length);
    w = scaleBy(product, 1 / length);
    if (length === before) break;
    before = length;
  }
  return w;
}

function pad(start: Float64Array | undefined, width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, column) => start?.[column] ?? 1);
}
