import type { Estimate } from "../../statistics/index.ts";
import type { Flag } from "../flags.ts";
import type { Draft, Phase } from "../store/events.ts";
import type { Moderation, Vote } from "../votes.ts";

/** The next statement for somebody, and how far they are. */
export interface NextStatement {
  readonly statement: { readonly id: string; readonly text: string; readonly language: string } | null;
  readonly voted: number;
  readonly open: number;
}

/** A statement that says the same as what somebody is writing, and their vote on it. */
export interface SimilarStatement {
  readonly id: string;
  readonly text: string;
  readonly language: string;
  readonly vote: Vote | null;
}

/** What became of somebody's statement. */
export interface OwnStatement {
  readonly id: string;
  readonly text: string;
  readonly moderation: Moderation;
  readonly reason: string;
  readonly note: string;
  readonly people: number;
}

/** Where somebody stands; told to nobody else. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly group: number | null;
}

/** A statement as its organiser sees it. */
export interface DeskStatement {
  readonly id: string;
  readonly text: string;
  readonly language: string;
  readonly isSeed: boolean;
  readonly moderation: Moderation;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason: string;
  readonly note: string;
  readonly votes: number;
}

/** Voters who may be no people, or no opinions; for a person to judge: nothing is done by itself. */
export interface AbuseSignal {
  readonly flag: Flag;
  /** Pseudonyms, shortened. */
  readonly voters: readonly string[];
}

/** What all groups agree with, of everybody and without the flagged. */
export interface FlaggedEffect {
  readonly flagged: number;
  readonly withAll: number;
  readonly without: number;
  /** Statements that all agree with only while the flagged count, or only without them. */
  readonly lost: readonly { readonly id: string; readonly text: string }[];
  readonly gained: readonly { readonly id: string; readonly text: string }[];
}

/** What an organiser needs to know at a glance. */
export interface Overview {
  readonly phase: Phase;
  readonly people: number;
  /** People with fewer votes than the map needs of them. */
  readonly newcomers: number;
  readonly votes: number;
  readonly listening: number;
  readonly waiting: readonly DeskStatement[];
  readonly moderated: readonly DeskStatement[];
  readonly abuse: readonly AbuseSignal[];
  /** Null where nobody is flagged. */
  readonly flaggedEffect: FlaggedEffect | null;
  /** Statements about which some group still has to be heard, the most urgent first. */
  readonly unheard: readonly { readonly id: string; readonly text: string; readonly missingVotes: readonly number[] }[];
  readonly ratifiers: number;
}

/** What the second vote said to a principle. */
export interface RatificationResult extends Draft {
  /** Null where fewer people voted than may be shown. */
  readonly counts: Readonly<Record<Vote, number>> | null;
  /** Share that agrees of those who agree or disagree, with its 95 % interval. */
  readonly share: Estimate | null;
  readonly isRatified: boolean;
}
