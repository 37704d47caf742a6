import type { DraftedConstitution, PublicProvenance } from "../../collective/drafting/index.ts";
import type { ConsensusState, Counts } from "../../collective/index.ts";
import type { Estimate } from "../../statistics/index.ts";

/** A result as everybody may see it, as the site publishes it. */
export interface PublishedView {
  readonly people: number;
  readonly votes: number;
  readonly hashes: { readonly log: string; readonly configuration: string };
  readonly state: "groups" | "no clear groups" | "too few people";
  /** Null where a group is too small to be shown. */
  readonly groups: readonly ({
    readonly people: number;
    readonly stability: number | null;
    readonly representative: readonly { readonly statement: string; readonly direction: "agree" | "disagree" }[];
  } | null)[];
  /** Several people each, -1 to 1. */
  readonly cells: readonly {
    readonly x: number;
    readonly y: number;
    readonly group: number | null;
    readonly people: number;
  }[];
  /** Counts: null where too few people voted. */
  readonly statements: readonly {
    readonly id: string;
    readonly all: Counts | null;
    readonly groups: readonly (Counts | null)[];
    readonly agreement: ConsensusState;
    readonly rejection: ConsensusState;
    readonly consensus: { readonly estimate: number; readonly lower: number; readonly upper: number } | null;
  }[];
}

/** Two models on the same requests: what a public's constitution changed. */
export interface PublicComparison {
  readonly checkpoint: string;
  readonly rows: readonly {
    readonly name: string;
    readonly public: string;
    readonly standard: string;
    readonly n: number;
    readonly refusedByPublic: number;
    readonly refusedByStandard: number;
    readonly difference: Estimate;
    readonly differs: boolean;
  }[];
}

/** Everything that the page of a conversation shows; cells of few people are left out of it already. */
export interface CollectiveData {
  readonly title: string;
  readonly question: string;
  readonly published: PublishedView;
  /** Texts of the statements, by id. */
  readonly texts: ReadonlyMap<string, string>;
  readonly smallestCell: number;
  readonly seed: number;
  /** Number and hash of the log's last event, where the conversation has a log. */
  readonly head?: { readonly seq: number; readonly hash: string } | undefined;
  readonly drafted?: DraftedConstitution | undefined;
  readonly provenance?: PublicProvenance | undefined;
  /** By checkpoint. */
  readonly comparisons?: readonly PublicComparison[] | undefined;
  /** How the integrity hash is computed again. */
  readonly verify?: string | undefined;
}
