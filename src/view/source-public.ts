import type { Interval } from "./source.ts";

/** What a public thinks, and the constitution it wrote; cells of few people are left out. Types alone, read by Node and the browser. */
export interface PublicPage {
  readonly title: string;
  /** Null where an earlier version drafted the constitution: then only its statements are known. */
  readonly opinion: PublicOpinion | null;
  /** Null before anything was drafted. */
  readonly constitution: WrittenConstitution | null;
  /** By which all of it is computed again. */
  readonly proof: readonly { readonly label: string; readonly value: string }[];
}

export interface PublicOpinion {
  readonly question: string;
  readonly people: number;
  readonly votes: number;
  /** Fewer people are shown to nobody. */
  readonly smallestCell: number;
  readonly flagged: { readonly people: number | null; readonly isLeftOut: boolean };
  readonly state: "groups" | "no clear groups" | "too few people";
  /** Null where a group is too small. */
  readonly groups: readonly PublicGroup[];
  readonly cells: readonly MapCell[];
  /** Those that may be shown, the surest consensus first. */
  readonly statements: readonly PublicStatement[];
  /** Those with too few votes. */
  readonly unshown: number;
}

export type PublicGroup = {
  readonly people: number;
  /** Likeness to the group found anew in resampled votes, 0 to 1; null where that was not asked. */
  readonly stability: number | null;
  readonly telling: readonly { readonly text: string; readonly direction: "agree" | "disagree" }[];
} | null;

/** Several people who vote alike, at their middle, -1 to 1. */
export interface MapCell {
  readonly x: number;
  readonly y: number;
  readonly group: number | null;
  readonly people: number;
}

export interface VoteCounts {
  readonly agree: number;
  readonly pass: number;
  readonly disagree: number;
}

/** Null: too few people. */
export interface ShownVotes {
  readonly all: VoteCounts | null;
  readonly groups: readonly (VoteCounts | null)[];
}

export interface PublicStatement {
  readonly id: string;
  readonly text: string;
  readonly votes: ShownVotes;
  readonly verdict: "all agree" | "all reject" | "groups differ" | "needs more votes";
  /** Geometric mean over groups of the share that agrees, with its 90 % interval; null where a cell is too small. */
  readonly consensus: { readonly estimate: number; readonly low: number; readonly high: number } | null;
  /** Posterior probability that it exceeds the cut-off; null where it was not kept. */
  readonly probability: number | null;
  /** Principles that rest on it. */
  readonly principles: readonly string[];
}

export interface WrittenConstitution {
  /** Null before it was ratified. */
  readonly version: number | null;
  readonly drafter: string;
  /** "on which all groups agree with a posterior probability of 95 % or more". */
  readonly chosen: string;
  readonly weighting: string;
  /** Why there was no second vote; null where there was one. */
  readonly unvoted: string | null;
  readonly principles: readonly WrittenPrinciple[];
  readonly conflicts: readonly PrincipleConflict[];
  readonly unwritten: readonly { readonly statement: string; readonly demand: string; readonly fault: string }[];
  readonly unrepresented: readonly { readonly statement: string; readonly text: string; readonly voters: number }[];
}

export interface WrittenPrinciple {
  readonly id: string;
  readonly text: string;
  readonly weight: number;
  readonly statements: number;
  readonly state: "ratified" | "refused" | "needs more votes" | "no second vote";
  /** Share that agrees of those who agree or disagree with it in the second vote. */
  readonly share: Interval | null;
}

export interface PrincipleConflict {
  readonly ids: readonly [string, string];
  readonly by: string;
  readonly why: string;
}

/** One principle, and everything that it rests on. */
export interface PublicPrinciplePage {
  readonly principle: WrittenPrinciple;
  /** From 1, of `of`. */
  readonly position: number;
  readonly of: number;
  readonly smallestCell: number;
  /** Of each group, in their order. */
  readonly groups: number;
  readonly secondVote: ShownVotes | null;
  readonly statements: readonly PublicStatement[];
  readonly wordings: readonly PublicWording[];
  readonly conflicts: readonly PrincipleConflict[];
}

/** How a principle was written of a statement, and what was checked. */
export interface PublicWording {
  readonly by: "model" | "plain";
  readonly polarity: string;
  readonly scope: string;
  /** Probabilities that one follows from the other; null: not answered. */
  readonly fromStatement: number | null;
  readonly fromPrinciple: number | null;
  /** The statement may ask for several things. */
  readonly isCompound: boolean;
}
