import type { Principle } from "../constitution/index.ts";
import type { Message, Prompt } from "../language-model.ts";

/** A prompt ready for `LanguageModel.generate`, with where its answer ends. */
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

export interface CritiqueInput {
  readonly messages: readonly Message[];
  readonly response: string;
  readonly principle: Principle;
}

export interface RevisionInput extends CritiqueInput {
  /** Absent for a direct revision without critique. */
  readonly critique?: string | undefined;
}

export interface ComparisonInput {
  readonly messages: readonly Message[];
  /** In the order shown to the model: first is (A). */
  readonly responses: readonly [string, string];
  readonly principle: Principle;
}

/** What a critique concluded, as far as its text says. */
export type Finding = "breaks" | "keeps" | "unclear";

/**
 * The wording of the method for one kind of model: the paper's dialogue format, or harbor's markers. A value, injected
 * by whoever composes a run, so that `feedback` knows no world.
 */
export interface FeedbackTemplates {
  /** Part of every record, e.g. "harbor-1". */
  readonly version: string;
  response(messages: readonly Message[]): Rendered;
  /** How a response stands after `response(messages).prompt` when it is trained on or scored. Default: as it is. */
  completion?(response: string): string;
  critique(input: CritiqueInput): Rendered;
  revision(input: RevisionInput): Rendered;
  /** The comparison without chain of thought. */
  comparison(input: ComparisonInput): RenderedChoice;
  /** The chain of thought before a comparison … */
  thought(input: ComparisonInput): Rendered;
  /** … and the comparison that follows it. */
  comparisonAfter(input: ComparisonInput, thought: string): RenderedChoice;
  /** Reads a critique's own conclusion, where the wording has one; "unclear" otherwise. */
  finding(critique: string): Finding;
  /** Phrases of the method that must never stand in a revision ("here is a revised response"). */
  readonly metaText: readonly RegExp[];
  /** Beginnings of a chain of thought in which the feedback model declines to judge. Default: none. */
  readonly refusals?: readonly RegExp[];
}
