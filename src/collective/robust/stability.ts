import { type Rng, rng } from "../../rng.ts";
import { centreVotes } from "../centred.ts";
import { type Axes, type Points, projectParticipants } from "../projection.ts";
import { selectRows, type VoteTable } from "../table.ts";
import { findAxes } from "./axes.ts";
import { type Clustering, kMeans } from "./kmeans.ts";

/** With more participants than this each resample draws so many, and the stability shown is on the low side. */
export const MOST_RESAMPLED = 1000;

/** Groups do not feel an axis that is a thousandth off. */
const TOLERANCE = 1e-3;
const RESTARTS = 3;

export interface StabilityInput {
  /** Of those who are grouped. */
  readonly table: VoteTable;
  readonly axes: Axes;
  readonly clusterings: readonly Clustering[];
  readonly resamples: number;
  readonly seed: number;
}

/**
 * How well each group is found again in resampled votes: participants are drawn with replacement, the map and the groups made
 * anew from them, and each group compared with the likest new one by Jaccard's coefficient, averaged over resamples (Hennig 2007,
 * "Cluster-wise assessment of cluster stability"). Below 0.5 a group dissolves, above 0.6 it is a pattern, above 0.75 it is stable.
 * One array per clustering, one number per group.
 */
export function stabilityOf({ table, axes, clusterings, resamples, seed }: StabilityInput): number[][] {
  const sums = clusterings.map(({ centres }) => new Float64Array(centres.x.length));
  const counts = clusterings.map(({ centres }) => new Uint32Array(centres.x.length));
  for (let resample = 0; resample < resamples; resample++) {
    const random = rng(seed, "resample", resample);
    const rows = drawRows(table.participants.length, random);
    const points = mapOf(selectRows(table, rows), axes);
    clusterings.forEach((clustering, c) => {
      const again = kMeans(points, clustering.centres.x.length, random, RESTARTS);
      addLikeness(clustering, again, rows, sums[c] as Float64Array, counts[c] as Uint32Array);
    });
  }
  return sums.map((sum, c) => Array.from(sum, (total, group) => total / Math.max(counts[c]?.[group] as number, 1)));
}

/** Ascending, so that equal people stand together and sums do not depend on the order of the draws. */
function drawRows(people: number, random: Rng): Uint32Array {
  return Uint32Array.from({ length: Math.min(people, MOST_RESAMPLED) }, () => random.integer(people)).sort();
}

function mapOf(table: VoteTable, start: Axes): Points {
  const votes = centreVotes(table);
  const axes = findAxes(votes, { tolerance: TOLERANCE, wanted: 2, start });
  return projectParticipants(votes, axes, { zeroedColumns: 0 });
}

/** Adds the best Jaccard coefficient of every group over the distinct people of the resample. */
function addLikeness(
  { labels, centres }: Clustering,
  again: Clustering,
  rows: Uint32Array,
  sums: Float64Array,
  counts: Uint32Array,
): void {
  const groups = centres.x.length;
  const anew = again.centres.x.length;
  const both = new Uint32Array(groups * anew);
  const [old, now] = [new Uint32Array(groups), new Uint32Array(anew)];
  rows.forEach((row, i) => {
    if (i > 0 && rows[i - 1] === row) return;
    const [group, other] = [labels[row] as number, again.labels[i] as number];
    both[group * anew + other] = (both[group * anew + other] as number) + 1;
    old[group] = (old[group] as number) + 1;
    now[other] = (now[other] as number) + 1;
  });
  for (let group = 0; group < groups; group++) {
    if (old[group] === 0) continue;
    let best = 0;
    for (let other = 0; other < anew; other++) {
      const shared = both[group * anew + other] as number;
      best = Math.max(best, shared / ((old[group] as number) + (now[other] as number) - shared));
    }
    sums[group] = (sums[group] as number) + best;
    counts[group] = (counts[group] as number) + 1;
  }
}
