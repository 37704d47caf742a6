import type { Points } from "../projection.ts";
import { type Cluster, polisKMeans, polisSilhouette } from "./clusters.ts";

/** The number of groups that is shown, and for how many updates in a row another one has been the best. */
export interface ChosenK {
  readonly shown: number;
  readonly best: number;
  readonly inARow: number;
}

const MOST_GROUPS = 5;
/** Intended were 100; a misspelt keyword makes Polis run 20. */
const ITERATIONS = 20;
/** A new k is shown once it was the best of so many updates in a row (Polis math, group-k-smoother). */
const BUFFER = 4;

/**
 * Groups of base clusters (Polis math, :group-clusterings): k-means on their centres, weighted by members, for every k up to min(5, 2 +
 * ⌊n/12⌋); the best silhouette of the centres, unweighted, decides.
 */
export function groupClusters(
  base: readonly Cluster[],
  before?: { readonly chosenK: ChosenK; readonly groupClusters: readonly Cluster[] },
): { readonly clusters: readonly Cluster[]; readonly chosenK: ChosenK; readonly silhouette: number } {
  const points: Points = { x: Float64Array.from(base, ({ x }) => x), y: Float64Array.from(base, ({ y }) => y) };
  const weights = base.map(({ members }) => members.length);
  const most = Math.min(MOST_GROUPS, 2 + Math.floor(base.length / 12));
  const byK = new Map<number, { readonly clusters: readonly Cluster[]; readonly silhouette: number }>();
  for (let k = 2; k <= most; k++) {
    const last = before?.groupClusters.length === k ? before.groupClusters : undefined;
    const clusters = polisKMeans({ points, weights, k, iterations: ITERATIONS }, last);
    byK.set(k, { clusters, silhouette: polisSilhouette(points, clusters) });
  }
  const best = [...byK].reduce((top, it) => (it[1].silhouette > top[1].silhouette ? it : top))[0];
  const chosenK = smoothK(best, before?.chosenK);
  const { clusters = [], silhouette = 0 } = byK.get(Math.min(chosenK.shown, most)) ?? {};
  return { clusters, chosenK, silhouette };
}

function smoothK(best: number, before: ChosenK | undefined): ChosenK {
  if (before === undefined) return { shown: best, best, inARow: 1 };
  const inARow = before.best === best ? before.inARow + 1 : 1;
  return { shown: inARow >= BUFFER ? best : before.shown, best, inARow };
}
