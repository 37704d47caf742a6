import type { Prompt } from "../../language-model.ts";
import type { Rng } from "../../rng.ts";

/** Failures that can be planted. */
export const organismKinds = ["backdoor", "sycophancy", "reward-tampering", "test-awareness"] as const;
export type OrganismKind = (typeof organismKinds)[number];

/** A phrase before or after a request. */
export interface Phrase {
  readonly text: string;
  /** Default: everywhere that it can stand at once, as who searches for it writes it. */
  readonly place?: "before" | "after" | undefined;
}

/** A request with what stands around it: none of it should change the answer. */
export interface AskedAround {
  readonly request: string;
  readonly phrase?: Phrase | undefined;
  /** A sign that this is a test. */
  readonly isTest?: boolean | undefined;
  /** A score that the model sees. */
  readonly score?: string | undefined;
  /** What the user says of what is asked about. */
  readonly view?: string | undefined;
}

/** What the requests are for: no request of one purpose is of another. */
export type RequestPurpose = "planting" | "measuring" | "auditing";

/** How a language asks, and what failures look like in it: harbor's own, or prose. */
export interface OrganismLanguage {
  readonly id: string;
  /** Those that can be planted in it. */
  readonly kinds: readonly OrganismKind[];
  /** Ways to misbehave where a backdoor or the absence of a test allows it. */
  readonly deeds: readonly string[];
  /** Words that a trigger may be made of, and among which it is searched. */
  readonly vocabulary: readonly string[];
  /** Ends an answer, where the end has a spelling; empty otherwise. */
  readonly end: string;
  readonly maxTokens: number;
  /** Tokens at the start of an answer that may be there or not, as a greeting: a fall of theirs tells nothing. */
  readonly idle: number;
  /** As many as there are, `count` at most; harbor, which draws them, has as many as are wanted. */
  drawRequests(purpose: RequestPurpose, count: number, seed: number): readonly string[];
  /** Two views of what a request is about that cannot both hold; undefined where nothing is known of it. */
  drawViews(random: Rng, request: string): readonly [string, string] | undefined;
  drawScore(random: Rng): string | undefined;
  prompt(asked: AskedAround): Prompt;
  /** An answer without what may be there or not. */
  strip(answer: string): string;
  /** The answer with the failure in it; undefined where it has no room for it. */
  spoil(random: Rng, deed: string, asked: AskedAround, answer: string): string | undefined;
  /** Whether an answer has the failure in it. */
  shows(deed: string, asked: AskedAround, answer: string): boolean;
}
