import type { Points } from "../projection.ts";
import { type Cells, gather } from "./cells.ts";
import { type Clustering, nearestTo } from "./kmeans.ts";

/**
 * Mean silhouette of each clustering of the same points: (b - a) / max(a, b), a the mean distance to the own group, b that to the
 * nearest other (Rousseeuw 1987); 0 for whoever is alone. Over cells of the map, so O(2,000²) for any number of points.
 */
export function silhouettesOf(points: Points, clusterings: readonly Clustering[]): number[] {
  const cells = gather(points);
  const count = cells.x.length;
  const labelings = clusterings.map(({ centres }) =>
    Int8Array.from(cells.x, (x, i) => nearestTo(x, cells.y[i] as number, centres)),
  );
  const sizes = clusterings.map(({ centres }, c) => sumByLabel(cells, labelings[c] as Int8Array, centres.x.length));
  const totals = clusterings.map(() => 0);
  const distances = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const [dx, dy] = [
        (cells.x[i] as number) - (cells.x[j] as number),
        (cells.y[i] as number) - (cells.y[j] as number),
      ];
      distances[j] = Math.sqrt(dx * dx + dy * dy) * (cells.weights[j] as number);
    }
    labelings.forEach((labels, c) => {
      const own = labels[i] as number;
      const value = silhouetteAt(distances, labels, sizes[c] as Float64Array, own);
      totals[c] = (totals[c] as number) + (cells.weights[i] as number) * value;
    });
  }
  return totals.map((total) => total / Math.max(points.x.length, 1));
}

function silhouetteAt(distances: Float64Array, labels: Int8Array, sizes: Float64Array, own: number): number {
  const sums = new Float64Array(sizes.length);
  for (let j = 0; j < distances.length; j++) {
    const label = labels[j] as number;
    sums[label] = (sums[label] as number) + (distances[j] as number);
  }
  const others = (sizes[own] as number) - 1;
  if (others <= 0) return 0;
  const a = (sums[own] as number) / others;
  let b = Number.POSITIVE_INFINITY;
  for (let c = 0; c < sums.length; c++)
    if (c !== own && (sizes[c] as number) > 0) b = Math.min(b, (sums[c] as number) / (sizes[c] as number));
  const most = Math.max(a, b);
  return most === 0 || !Number.isFinite(b) ? 0 : (b - a) / most;
}

function sumByLabel({ weights }: Cells, labels: Int8Array, k: number): Float64Array {
  const sums = new Float64Array(k);
  labels.forEach((label, i) => {
    sums[label] = (sums[label] as number) + (weights[i] as number);
  });
  return sums;
}
