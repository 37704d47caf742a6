import type { Rendered, RenderedChoice } from "../../feedback/index.ts";
import type { Asked, Side } from "./question.ts";

/** A quotation of a turn, and whether the passage has it word for word. */
export interface Quote {
  readonly text: string;
  readonly isVerified: boolean;
}

/** What a debater said in one round. */
export interface Turn {
  readonly side: Side;
  /** From 1. */
  readonly round: number;
  /** Empty where the debater gave no answer. */
  readonly text: string;
  readonly quotes: readonly Quote[];
}

/** What a debater is told before a turn. */
export interface TurnInput {
  readonly passage: string;
  readonly asked: Asked;
  readonly side: Side;
  readonly round: number;
  readonly rounds: number;
  /** Turns of earlier rounds alone: turns of one round are simultaneous. */
  readonly heard: readonly Turn[];
  /** Nobody speaks for the other answer. */
  readonly isConsultant: boolean;
}

/** What a judge is shown beside the question and the two answers. */
export type Evidence =
  | { readonly kind: "nothing" }
  | { readonly kind: "passage"; readonly passage: string }
  | { readonly kind: "turns"; readonly turns: readonly Turn[] }
  /** Which quotations are verified, without a word of what was said. */
  | { readonly kind: "marks"; readonly turns: readonly Turn[] };

/** How debaters are asked for turns. */
export interface SpeakerTemplates {
  readonly version: string;
  turn(input: TurnInput): Rendered;
  /** A turn without what its speaker may not write: a mark of verification is the referee's alone. */
  clean(text: string): string;
  /** A cleaned turn as it follows the prompt in training. */
  completion(text: string): string;
  /** The quotations in a cleaned turn. */
  quotesIn(text: string): readonly string[];
}

/** How a judge is asked for the letter of the right answer; the first option is A. */
export interface JudgeTemplates {
  readonly version: string;
  verdict(asked: Asked, evidence: Evidence): RenderedChoice;
  /** For judges that say what a passage says sooner than which letter is right: the answer in words, which names a side. */
  readonly reading?: {
    ask(asked: Asked, passage: string): Rendered;
    /** Undefined where the words are neither answer's. */
    sideOf(asked: Asked, text: string): Side | undefined;
  };
}
