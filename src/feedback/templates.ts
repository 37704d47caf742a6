import type { Principle } from "../constitution/index.ts";
import type { Message, Prompt } from "../language-model.ts";

/** A prompt ready for `LanguageModel.generate`, and where its answer ends. */
export interface Rendered {
  readonly prompt: Prompt;
  readonly stop: readonly string[];
  readonly maxTokens: number;
}

/** A multiple-choice prompt ready for `LanguageModel.choose`; the first option names the first response. */
export interface RenderedChoice {
  readonly prompt: Prompt;
  readonly options: readonly [string, string];
}

/** What a critique is written about. */
export interface CritiqueInput {
  readonly messages: readonly Message[];
  readonly response: string;
  readonly principle: Principle;
}

/** What a revision is written from. */
export interface RevisionInput extends CritiqueInput {
  /** Absent for a direct revision, without a critique. */
  readonly critique?: string | undefined;
}

/** What is compared, and under which principle. */
export interface ComparisonInput {
  readonly messages: readonly Message[];
  /** In the order shown to the model: the first is (A). */
  readonly responses: readonly [string, string];
  readonly principle: Principle;
}

/** What a critique concludes, as far as its text says. */
export type Finding = "breaks" | "keeps" | "unclear";

/**
 * The wording of the method for one kind of model: the paper's dialogues, chat turns, or harbor's markers. It is passed in by
 * whoever composes a run, so that `feedback` knows no world.
 */
export interface FeedbackTemplates {
  /** Part of every record, e.g. "harbor-1". */
  readonly version: string;
  response(messages: readonly Message[]): Rendered;
  /** A response as it follows `response(messages).prompt` in training and scoring. Default: unchanged. */
  completion?(response: string): string;
  critique(input: CritiqueInput): Rendered;
  revision(input: RevisionInput): Rendered;
  /** The comparison without chain of thought. */
  comparison(input: ComparisonInput): RenderedChoice;
  /** The chain of thought before a comparison … */
  thought(input: ComparisonInput): Rendered;
  /** … and the comparison that follows it. */
  comparisonAfter(input: ComparisonInput, thought: string): RenderedChoice;
  /** The conclusion that a critique states, where the wording asks for one; otherwise "unclear". */
  finding(critique: string): Finding;
  /** Phrases about the method that must not occur in a revision ("here is a revised response"). */
  readonly metaText: readonly RegExp[];
  /** How a chain of thought begins in which the feedback model declines to judge. Default: none. */
  readonly refusals?: readonly RegExp[];
}
