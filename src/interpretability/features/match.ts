import type { SparseCode } from "../dictionaries/index.ts";

/** Of a feature of one dictionary, the one of another that is most like it. */
export interface FeatureMatch {
  readonly feature: number;
  /** Pearson's correlation of activations over tokens, or the cosine of decoder rows. */
  readonly likeness: number;
}

interface Moments {
  readonly mean: Float64Array;
  /** Standard deviations. */
  readonly spread: Float64Array;
}

/**
 * For each feature of a code the feature of another code, of the same tokens, whose activations go with it most (Bricken et al. 2023
 * compare two seeds so); undefined for one that does not vary, as one that is never active.
 */
export function matchActivations(
  own: SparseCode,
  size: number,
  other: SparseCode,
  otherSize: number,
): (FeatureMatch | undefined)[] {
  const rows = own.starts.length - 1;
  const products = new Float64Array(size * otherSize);
  for (let row = 0; row < rows; row++)
    for (let n = own.starts[row]!; n < own.starts[row + 1]!; n++) {
      const [place, value] = [own.features[n]! * otherSize, own.values[n]!];
      for (let m = other.starts[row]!; m < other.starts[row + 1]!; m++)
        products[place + other.features[m]!]! += value * other.values[m]!;
    }
  const [a, b] = [momentsOf(own, size), momentsOf(other, otherSize)];
  return Array.from({ length: size }, (_, feature) => {
    if (a.spread[feature] === 0) return undefined;
    return greatestOf(otherSize, (one) => {
      const spread = a.spread[feature]! * b.spread[one]!;
      if (spread === 0) return 0;
      return (products[feature * otherSize + one]! / rows - a.mean[feature]! * b.mean[one]!) / spread;
    });
  });
}

/** For each row (W) of a decoder the row of another that points its way most. */
export function matchRows(own: Float32Array, other: Float32Array, width: number): FeatureMatch[] {
  const [a, b] = [normsOf(own, width), normsOf(other, width)];
  return Array.from(a, (norm, feature) =>
    greatestOf(b.length, (one) => {
      let along = 0;
      for (let i = 0; i < width; i++) along += own[feature * width + i]! * other[one * width + i]!;
      return along / Math.max(1e-30, norm * b[one]!);
    }),
  );
}

function greatestOf(count: number, likenessOf: (feature: number) => number): FeatureMatch {
  let best: FeatureMatch = { feature: 0, likeness: Number.NEGATIVE_INFINITY };
  for (let feature = 0; feature < count; feature++) {
    const likeness = likenessOf(feature);
    if (likeness > best.likeness) best = { feature, likeness };
  }
  return best;
}

function momentsOf({ starts, features, values }: SparseCode, size: number): Moments {
  const rows = starts.length - 1;
  const [mean, square] = [new Float64Array(size), new Float64Array(size)];
  for (const [n, feature] of features.entries()) {
    mean[feature]! += values[n]! / rows;
    square[feature]! += values[n]! ** 2 / rows;
  }
  const spread = square.map((own, feature) => {
    const variance = own - mean[feature]! ** 2;
    return variance > 1e-12 ? Math.sqrt(variance) : 0;
  });
  return { mean, spread };
}

const normsOf = (rows: Float32Array, width: number): number[] =>
  Array.from({ length: rows.length / width }, (_, row) => Math.hypot(...rows.subarray(row * width, (row + 1) * width)));
