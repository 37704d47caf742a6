/** What the marks of a run come to. */
export interface ReviewSummary {
  /** Rows that the next export leaves out. */
  readonly dropped: number;
  readonly kept: number;
  /** Rows that one person drops and another keeps: they stay. */
  readonly disputed: number;
  readonly notes: number;
  /** Nothing can be written here. */
  readonly isReadOnly: boolean;
}

/** What one person says of a record. */
export interface Mark {
  /** The record that it stands on. */
  readonly id: string;
  readonly mark: "drop" | "keep" | null;
  readonly note: string | null;
  readonly by: string | null;
  /** ISO 8601. */
  readonly at: string | null;
}

/** What people's marks come to, as for `export`. "disputed": one person drops what another keeps, and it stays. */
export type Verdict = "drop" | "keep" | "disputed";

/** What people say of a record. */
export interface Reviewed {
  /** null: there are notes alone, or marks that were taken back. */
  readonly verdict: Verdict | null;
  /** What whoever sits here says of this very record: what keys change. */
  readonly own: Mark | null;
  /** What others say of it, and what reaches it from what it was made from. */
  readonly others: readonly Mark[];
}

/** What the marks come to for the rows of an item; where these differ, what is dropped before what is kept. */
export interface RowReview {
  readonly verdict: Verdict | null;
  readonly isNoted: boolean;
}
