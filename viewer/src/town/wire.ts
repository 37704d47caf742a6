import type { Published } from "../../../src/collective/published.ts";
import type {
  FlaggedEffect,
  NextStatement,
  Overview,
  OwnStatement,
  Place,
  RatificationResult,
  SimilarStatement,
} from "../../../src/collective/site/wire.ts";
import type { Phase } from "../../../src/collective/store/events.ts";
import type { Vote } from "../../../src/collective/votes.ts";

/** What the site answers, in its own words. */
export type {
  FlaggedEffect,
  NextStatement,
  Overview,
  OwnStatement,
  Phase,
  Published,
  RatificationResult,
  SimilarStatement,
  Vote,
};

export interface Conversation {
  readonly title: string;
  readonly question: string;
  readonly about: string | null;
  readonly languages: readonly string[];
  readonly access: "open" | "invited";
  readonly phase: Phase;
  readonly policy: {
    readonly when: "before" | "after";
    readonly reasons: readonly { readonly id: string; readonly text: string }[];
  };
  readonly smallestCell: number;
  readonly ratifiedFrom: number;
  readonly hash: string;
}

export interface Results {
  readonly result: (Published & { readonly upTo: number; readonly head: string; readonly hash: string }) | null;
  readonly texts: Readonly<Record<string, string>>;
}

export interface Mine {
  readonly statements: readonly OwnStatement[];
  readonly votes: Readonly<Record<string, Vote>>;
  readonly place: Place | null;
}

export interface BallotPage {
  readonly phase: Phase;
  readonly principles: readonly {
    readonly id: string;
    readonly text: string;
    readonly from: readonly string[];
    readonly vote: Vote | null;
  }[];
}
