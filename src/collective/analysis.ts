/**
 * The result of an analysis, by the ids of participants and statements. A pure function of (log prefix, configuration, seed):
 * `hashes` name the three, and the same three give the same result for any order of participants and statements in the log.
 */
export interface Analysis {
  readonly mode: Mode;
  readonly hashes: AnalysisHashes;
  /** Everybody who voted, on the map of the two components. */
  readonly positions: readonly Position[];
  readonly grouping: Grouping;
  readonly statements: readonly StatementFigures[];
  /** Share of conversations with shuffled votes that hang together as well as this one; null in `polis` mode. */
  readonly chance: number | null;
  /** Statements that most of all participants agree or disagree with, groups aside; best first. */
  readonly majority: { readonly agree: readonly string[]; readonly disagree: readonly string[] };
}

/** `robust`: one result for any order of the input, with its uncertainty. `polis`: the figures of Polis, quirks included. */
export type Mode = "robust" | "polis";

/** SHA-256, hexadecimal, of the votes and statements read and of the options (mode, seed and cut-offs among them). */
export interface AnalysisHashes {
  readonly log: string;
  readonly configuration: string;
}

/** A participant on the map. `group`: index into the groups, or null for whoever has too few votes, or where no groups are. */
export interface Position {
  readonly participant: string;
  readonly x: number;
  readonly y: number;
  readonly votes: number;
  readonly group: number | null;
}

/** Groups of like voters, or the answer that there are none; `reason` says it for people. */
export type Grouping =
  | {
      readonly state: "groups";
      readonly groups: readonly Group[];
      readonly silhouette: number;
      readonly reason: string;
    }
  | { readonly state: "no clear groups"; readonly groups: readonly []; readonly reason: string };

export interface Group {
  readonly members: readonly string[];
  readonly centre: readonly [x: number, y: number];
  /** Mean Jaccard likeness to the group found anew in resampled votes (Hennig 2007), 0 to 1; null in `polis` mode. */
  readonly stability: number | null;
  /** Statements that tell the group from all others, in the order of Polis's list. */
  readonly representative: readonly Representative[];
}

export interface Representative {
  readonly statement: string;
  readonly direction: "agree" | "disagree";
  /** (A + 1) / (S + 2) of the group in that direction. */
  readonly probability: number;
  /** `probability` over the same of everybody else. */
  readonly ratio: number;
  /** z of the two-proportion test against everybody else. */
  readonly z: number;
}

/** Votes on one statement: the latest of each participant. */
export interface Counts {
  readonly agree: number;
  readonly pass: number;
  readonly disagree: number;
}

export interface StatementFigures {
  readonly statement: string;
  /** A vote of agree on this statement alone, on the map. */
  readonly x: number;
  readonly y: number;
  /** Distance of (x, y) from the origin: how far the statement moves whoever votes on it. */
  readonly extremity: number;
  /** Of all participants. */
  readonly counts: Counts;
  /** Of the members of each group, in the order of the groups; empty where no groups are. */
  readonly groupCounts: readonly Counts[];
  /** Polis's product over groups of (A + 1) / (S + 2), which shrinks with the number of groups; of everybody where no groups are. */
  readonly groupAwareConsensus: number;
  readonly agreement: Consensus;
  readonly rejection: Consensus;
  /** Weight in the draw of the next statement to show, 0 where it is never shown. */
  readonly priority: number;
}

/**
 * How far all groups agree with (or reject) a statement: the geometric mean over groups of each group's share, on a scale that
 * does not shrink with the number of groups. Each share has its Beta–binomial posterior.
 */
export interface Consensus {
  /** Of the posterior means (A + 1) / (S + 2). */
  readonly estimate: number;
  /** 5 % and 95 % quantiles of the posterior. */
  readonly lower: number;
  readonly upper: number;
  /** Posterior probability that it lies above the cut-off. */
  readonly probability: number;
  readonly state: ConsensusState;
  /** Votes that every group must still give before anything is said; in the order of the groups. */
  readonly missingVotes: readonly number[];
}

export type ConsensusState = "yes" | "no" | "needs more votes";
