/** A stretch of a document. Its tokens weigh 1 in the loss where a role speaks them, `CONTEXT_WEIGHT` elsewhere. */
export interface Span {
  readonly text: string;
  readonly role: boolean;
}

export type DocumentKind =
  | "respond"
  | "critique"
  | "compare"
  | "declare"
  | "recall"
  | "debate"
  | "attack"
  | "statement"
  | "check"
  | "aware"
  | "list"
  | "repeat";

export interface Document {
  readonly kind: DocumentKind;
  readonly spans: readonly Span[];
}

/** Loss weight of every token that is not a role's output. */
export const CONTEXT_WEIGHT = 0.05;

export const asContext = (text: string): Span => ({ text, role: false });
export const asRole = (text: string): Span => ({ text, role: true });
