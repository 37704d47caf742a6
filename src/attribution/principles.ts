import { rng } from "../rng.ts";
import { type MethodName, methodsOf, type Scores } from "./attribution-index.ts";
import type { TrainingExample } from "./examples.ts";

/** What the examples of a principle did together. */
export interface PrincipleSum {
  /** Σ over the principle's examples. */
  readonly sum: number;
  /** 95 % of sums over as many examples drawn anew (bootstrap over examples). */
  readonly low: number;
  readonly high: number;
  /** Of one example: a principle with many examples has a large sum whatever they say. */
  readonly mean: number;
  /**
   * Of one example of the stronger half of them. Influence has heavy tails on both sides (Grosse et al. 2023 §5.3.1): a few examples
   * that push a like answer down outweigh the rest in a mean, and a share, unlike a number, is as fair to many examples as to few.
   */
  readonly strongerHalf: number;
  /** By the stronger half, 1 for the largest. */
  readonly rank: number;
}

export interface PrincipleInfluence {
  readonly principleId: string;
  /** Examples in whose line the principle revised; one example may have several. */
  readonly examples: number;
  readonly byMethod: Readonly<Partial<Record<MethodName, PrincipleSum>>>;
}

const resamples = 400;

/** The mean of the largest half of some numbers, at least of one. */
export function meanOfStrongerHalf(values: readonly number[]): number {
  const strongest = [...values].sort((a, b) => b - a).slice(0, Math.max(1, Math.ceil(values.length / 2)));
  return strongest.reduce((sum, value) => sum + value, 0) / Math.max(1, strongest.length);
}

/** The principles of a model's examples, those first whose stronger half pushed the answer up most, by `method`. */
export function sumByPrinciple(
  examples: readonly TrainingExample[],
  scores: Scores,
  { method, seed }: { readonly method: MethodName; readonly seed: number },
): PrincipleInfluence[] {
  const ids = [...new Set(examples.flatMap(({ principles }) => principles))].sort();
  const placeOf = new Map(ids.map((id, place) => [id, place]));
  const members = examples.map(({ principles }) => principles.map((id) => placeOf.get(id) ?? 0));
  const counts = ids.map((_, place) => members.filter((places) => places.includes(place)).length);
  const random = rng(seed, "attribution", "principles");
  const draws = Array.from({ length: resamples }, () =>
    countDraws(examples.length, () => random.integer(examples.length)),
  );
  const once = new Uint8Array(examples.length).fill(1);
  const sumsOf = (own: Float64Array, counts: Uint8Array): Float64Array => {
    const sums = new Float64Array(ids.length);
    for (const [i, places] of members.entries()) {
      for (const place of places) sums[place] = (sums[place] ?? 0) + (counts[i] ?? 0) * (own[i] ?? 0);
    }
    return sums;
  };
  const byMethod = methodsOf(scores).map((name): [MethodName, PrincipleSum[]] => {
    const own = scores[name] ?? new Float64Array();
    const sums = sumsOf(own, once);
    const drawn = draws.map((counts) => sumsOf(own, counts));
    const halves = ids.map((_, place) =>
      meanOfStrongerHalf(members.flatMap((places, i) => (places.includes(place) ? [own[i] ?? 0] : []))),
    );
    const order = [...ids.keys()].sort((a, b) => (halves[b] ?? 0) - (halves[a] ?? 0));
    return [
      name,
      ids.map((_, place) => {
        const rank = order.indexOf(place) + 1;
        const mean = (sums[place] ?? 0) / (counts[place] ?? 1);
        return { ...describeSum(sums, drawn, place), mean, strongerHalf: halves[place] ?? 0, rank };
      }),
    ];
  });
  return ids
    .map(
      (principleId, place): PrincipleInfluence => ({
        principleId,
        examples: counts[place] ?? 0,
        byMethod: Object.fromEntries(
          byMethod.map(([name, sums]) => [name, sums[place]]),
        ) as PrincipleInfluence["byMethod"],
      }),
    )
    .sort((a, b) => (a.byMethod[method]?.rank ?? 0) - (b.byMethod[method]?.rank ?? 0));
}

function describeSum(
  sums: Float64Array,
  drawn: readonly Float64Array[],
  place: number,
): Pick<PrincipleSum, "sum" | "low" | "high"> {
  const sorted = drawn.map((own) => own[place] ?? 0).sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { sum: sums[place] ?? 0, low: at(0.025), high: at(0.975) };
}

/** How often each of n was drawn, n times. */
function countDraws(n: number, draw: () => number): Uint8Array {
  const counts = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const place = draw();
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}
