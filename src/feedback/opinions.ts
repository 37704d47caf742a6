import type { ComparisonRecord } from "./records.ts";

/** A principle is sure of a pair from this distance of its probability from one half. */
export const decidedDistance = 0.25;

/** What a principle is sure of. */
export interface Opinion {
  readonly principle: string;
  /** P(first is better). */
  readonly probability: number;
  /** Whether the label came out on its side. */
  readonly isFollowed: boolean;
}

/** Two principles that are sure of the same pair, by name. */
export interface OpinionPair {
  readonly principles: readonly [string, string];
  readonly isOpposed: boolean;
  /** The label came out on the side of the first. */
  readonly isFirstFollowed: boolean;
  /** Of the less sure of the two, from one half. */
  readonly distance: number;
}

/** What the principles asked of a pair are sure of, alone and two by two. */
export function readOpinions({ evidence, raw }: Pick<ComparisonRecord, "evidence" | "raw">): {
  readonly sure: readonly Opinion[];
  readonly pairs: readonly OpinionPair[];
} {
  const sure = evidence
    .filter(({ probability }) => Math.abs(probability - 0.5) >= decidedDistance)
    .map(({ principleId, probability }) => ({
      principle: principleId,
      probability,
      isFollowed: sameSide(probability, raw),
    }));
  const pairs = sure.flatMap((one, i) =>
    sure.slice(i + 1).map((other): OpinionPair => {
      const [first, second] = one.principle < other.principle ? [one, other] : [other, one];
      return {
        principles: [first.principle, second.principle],
        isOpposed: !sameSide(first.probability, second.probability),
        isFirstFollowed: first.isFollowed,
        distance: Math.min(Math.abs(first.probability - 0.5), Math.abs(second.probability - 0.5)),
      };
    }),
  );
  return { sure, pairs };
}

function sameSide(a: number, b: number): boolean {
  return a > 0.5 === b > 0.5;
}
