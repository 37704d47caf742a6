/** Kinds of prompts that a principle can be bound to, as a run's prompt set has them. */
export const PRINCIPLE_KINDS = ["red-team", "helpful"] as const;
export type PrincipleKind = (typeof PRINCIPLE_KINDS)[number];

/** What was asked, and an answer that follows a principle. */
export interface Demonstration {
  readonly prompt: string;
  readonly response: string;
}

/** One thing that a model should value, with the wordings in which the method asks for it. */
export interface Principle {
  /** Lower-case words joined by hyphens; the stable name in records, reports and `--delete`. */
  readonly id: string;
  /** What the principle says; used wherever no special request is given. */
  readonly text: string;
  /** Asks for a critique of the last response (Bai et al. 2022, appendix C.1). */
  readonly critiqueRequest?: string | undefined;
  /** Asks for a revision after the critique (appendix C.1). */
  readonly revisionRequest?: string | undefined;
  /** Asks which of two responses is better (appendix C.2). */
  readonly comparisonRequest?: string | undefined;
  /** The one kind of prompt that it is about; all kinds unless given. */
  readonly appliesTo?: PrincipleKind | undefined;
  /** The opposite of `text`, for the control that inverts a principle. */
  readonly inverse?: string;
  /** A system prompt under which a model follows it, for labels by contrast and context distillation; drafted from `text` unless given. */
  readonly positive?: string | undefined;
  /** … and one under which it breaks it. */
  readonly negative?: string | undefined;
  /** Answers that follow it, shown beside `positive` alone. */
  readonly demonstrations?: readonly Demonstration[] | undefined;
  /** Where the principle comes from: a document and the place in it. */
  readonly source?: string | undefined;
  /** Relative frequency in a weighted draw; positive, 1 unless given. */
  readonly weight: number;
  readonly tags: readonly string[];
}

/** A list of principles, in an order that counts, perhaps beside a narrative. */
export interface Constitution {
  readonly name: string;
  /** Where the whole comes from, and its licence. */
  readonly source?: string | undefined;
  /** Prose that stands beside the list and explains it. */
  readonly preamble?: string | undefined;
  readonly principles: readonly Principle[];
  /** `sha256:` and 64 hex digits over everything that a model could read; layout, name and sources do not count. */
  readonly hash: string;
}

/** A principle as a program or an import states it: weight and tags may be left out. */
export type PrincipleDraft = Omit<Principle, "weight" | "tags"> & {
  readonly weight?: number | undefined;
  readonly tags?: readonly string[] | undefined;
};

/** A constitution as a program or an import states it. */
export interface ConstitutionDraft {
  readonly name: string;
  readonly source?: string | undefined;
  readonly preamble?: string | undefined;
  readonly principles: readonly PrincipleDraft[];
}

/** The fields of a principle that a model may read. */
export const WORDINGS = [
  "text",
  "critiqueRequest",
  "revisionRequest",
  "comparisonRequest",
  "inverse",
  "positive",
  "negative",
] as const;
export type Wording = (typeof WORDINGS)[number];

export const ID_FORM = /^(?=.{1,64}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
