import { rng } from "../../rng.ts";
import { type CentredVotes, gramProduct } from "../centred.ts";
import type { Axes } from "../projection.ts";
import { addScaled, dot, norm, scaleBy } from "../vectors.ts";
import { eigenOf } from "./symmetric.ts";

export interface AxesOptions {
  /** Length of the residual, in parts of the largest eigenvalue, at which an axis counts as found. */
  readonly tolerance: number;
  /** How many axes must be found. */
  readonly wanted: 1 | 2;
  /** The axes of similar votes, where they are known: a warm start. */
  readonly start?: Axes | undefined;
}

/** The axes with the variance along each, as eigenvalues of XᵀX. */
export interface FoundAxes extends Axes {
  readonly eigenvalues: readonly [first: number, second: number];
}

const BASIS = 40;
const KEPT = 8;
const MOST_PRODUCTS = 2000;

/**
 * The two principal components of the centred votes, converged, by a Krylov basis with thick restarts (Wu & Simon 2000,
 * "Thick-restart Lanczos"), orthogonalised in full: one pass over the votes for each vector of the basis. The start is the same
 * for every seed, and the sign is fixed, so that the map neither jumps nor flips.
 */
export function findAxes(votes: CentredVotes, { tolerance, wanted, start }: AxesOptions): FoundAxes {
  const width = votes.center.length;
  const random = rng(0, "axes");
  const basis: Float64Array[] = [];
  const projected = Array.from({ length: BASIS }, () => new Float64Array(BASIS));
  let next = startOf(width, start, random.normal);
  let ritz: { values: readonly number[]; vectors: readonly Float64Array[] } = { values: [], vectors: [] };
  let stuck = 0;
  for (let products = 1; basis.length < width && products <= MOST_PRODUCTS; products++) {
    basis.push(next);
    const rest = gramProduct(votes, next);
    const size = basis.length;
    basis.forEach((vector, i) => {
      const overlap = dot(vector, rest);
      (projected[i] as Float64Array)[size - 1] = overlap;
      (projected[size - 1] as Float64Array)[i] = overlap;
      addScaled(rest, -overlap, vector);
    });
    for (const vector of basis) addScaled(rest, -dot(vector, rest), vector);
    const length = norm(rest);
    const isFull = size === BASIS || size === width;
    const isStuck = length <= 1e-13 * norm((projected[size - 1] as Float64Array).subarray(0, size)) || length === 0;
    if (isFull || size % 5 === 0 || isStuck) {
      ritz = eigenOf(projected.slice(0, size).map((row) => row.subarray(0, size)));
      const bound = tolerance * Math.max(ritz.values[0] as number, Number.MIN_VALUE);
      const isFound = (i: number): boolean =>
        ritz.vectors.length <= i || length * Math.abs(ritz.vectors[i]?.[size - 1] as number) <= bound;
      // A basis that leads nowhere new may have missed the twin of an eigenvalue: three fresh directions look for it.
      if (isStuck) stuck += 1;
      if (isFound(0) && isFound(wanted - 1) && (!isStuck || stuck > 3 || size === width)) break;
    }
    next = isStuck ? afresh(basis, random.normal) : scaleBy(rest, 1 / length);
    if (size === BASIS) restart(basis, projected, ritz);
  }
  return orient(basis, ritz, start);
}

/** Keeps the best directions of a full basis and goes on from there. */
function restart(
  basis: Float64Array[],
  projected: readonly Float64Array[],
  ritz: { readonly values: readonly number[]; readonly vectors: readonly Float64Array[] },
): void {
  const kept = ritz.vectors.slice(0, KEPT).map((vector) => combine(basis, vector));
  basis.splice(0, basis.length, ...kept);
  for (const row of projected) row.fill(0);
  kept.forEach((_, i) => {
    (projected[i] as Float64Array)[i] = ritz.values[i] as number;
  });
}

function orient(
  basis: readonly Float64Array[],
  ritz: { readonly values: readonly number[]; readonly vectors: readonly Float64Array[] },
  start: Axes | undefined,
): FoundAxes {
  const width = basis[0]?.length ?? start?.first.length ?? 0;
  const [largest = 0, second = 0] = ritz.values;
  const axisOf = (i: number, before: Float64Array | undefined): Float64Array => {
    const vector = ritz.vectors[i];
    const isThere = vector !== undefined && (ritz.values[i] as number) > 1e-12 * largest && largest > 0;
    return isThere ? fixSign(combine(basis, vector), before) : new Float64Array(width);
  };
  return {
    first: axisOf(0, start?.first),
    second: axisOf(1, start?.second),
    eigenvalues: [Math.max(largest, 0), Math.max(second, 0)],
  };
}

/** The way of the last map, else the way in which the entry farthest from 0 is positive, the first of equal ones. */
function fixSign(axis: Float64Array, before: Float64Array | undefined): Float64Array {
  const alike = before === undefined ? 0 : dot(axis, pad(before, axis.length));
  const far = axis.reduce((best, value) => (Math.abs(value) > Math.abs(best) * (1 + 1e-9) ? value : best), 0);
  const sign = alike === 0 ? far : alike;
  return sign < 0 ? scaleBy(axis, -1) : axis;
}

function combine(basis: readonly Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(basis[0]?.length ?? 0);
  basis.forEach((vector, i) => {
    addScaled(sum, weights[i] as number, vector);
  });
  return scaleBy(sum, 1 / norm(sum));
}

function startOf(width: number, start: Axes | undefined, normal: () => number): Float64Array {
  const vector = Float64Array.from({ length: width }, normal);
  if (start === undefined) return scaleBy(vector, 1 / norm(vector));
  const known = pad(start.first, width);
  addScaled(known, 1, pad(start.second, width));
  addScaled(known, 1e-9, vector);
  return scaleBy(known, 1 / norm(known));
}

/** A direction that the basis does not hold: the last one led nowhere new. */
function afresh(basis: readonly Float64Array[], normal: () => number): Float64Array {
  const vector = Float64Array.from({ length: basis[0]?.length ?? 0 }, normal);
  for (let twice = 0; twice < 2; twice++) for (const other of basis) addScaled(vector, -dot(other, vector), other);
  return scaleBy(vector, 1 / norm(vector));
}

function pad(vector: Float64Array, width: number): Float64Array {
  return Float64Array.from({ length: width }, (_, i) => vector[i] ?? 0);
}
