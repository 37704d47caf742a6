import { PreceptError } from "../errors.ts";

/** What a participant says to a statement. A word, never a number: Polis stores agree as -1 and exports it as +1. */
export const VOTES = ["agree", "pass", "disagree"] as const;
export type Vote = (typeof VOTES)[number];

/** One entry of the append-only vote log; the latest one of a participant on a statement counts. `at`: ms since 1970. */
export interface VoteEvent {
  readonly participant: string;
  readonly statement: string;
  readonly vote: Vote;
  readonly at: number;
}

export const MODERATIONS = ["accepted", "rejected", "waiting"] as const;
export type Moderation = (typeof MODERATIONS)[number];

/** Whether a statement is shown once it was accepted, or at once until it is turned down. */
export type ModerationTime = "before" | "after";

/** Whether everybody may see a statement. */
export function isShown(moderation: Moderation, when: ModerationTime): boolean {
  return moderation === "accepted" || (moderation === "waiting" && when === "after");
}

/** What people vote on. `isMeta`: about the conversation itself, never a candidate for a principle. `at`: ms since 1970. */
export interface Statement {
  readonly id: string;
  readonly text: string;
  readonly author?: string | undefined;
  readonly at: number;
  readonly isSeed: boolean;
  readonly isMeta: boolean;
  readonly moderation: Moderation;
}

/** Everything that an analysis reads. `votes` in the order of the log. */
export interface Conversation {
  readonly statements: readonly Statement[];
  readonly votes: readonly VoteEvent[];
}

/** Polis's CSV exports and its fixtures of votes: 1 agree, 0 pass, -1 disagree. @throws PreceptError for any other number. */
export function fromPolisExport(number: number): Vote {
  return wordOf(number, "the exports of Polis", 1);
}

/** The opposite of `fromPolisExport`. */
export function toPolisExport(vote: Vote): -1 | 0 | 1 {
  return vote === "agree" ? 1 : vote === "pass" ? 0 : -1;
}

/** Polis's database and mathematics: -1 agree, 0 pass, 1 disagree. @throws PreceptError for any other number. */
export function fromPolisInternal(number: number): Vote {
  return wordOf(number, "the inside of Polis", -1);
}

/** The opposite of `fromPolisInternal`. */
export function toPolisInternal(vote: Vote): -1 | 0 | 1 {
  return vote === "agree" ? -1 : vote === "pass" ? 0 : 1;
}

function wordOf(number: number, where: string, agree: 1 | -1): Vote {
  if (number === 0) return "pass";
  if (number === agree) return "agree";
  if (number === -agree) return "disagree";
  throw new PreceptError("input-invalid", {
    attempted: `Reading a vote in the numbers of ${where}`,
    found: String(number),
    expected: `${agree} agree, 0 pass, ${-agree} disagree`,
  });
}
