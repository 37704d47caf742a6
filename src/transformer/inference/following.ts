import type { SiteEdit } from "./edits.ts";

/** How the caller of a long call stops it and hears how far it is. */
export interface Following {
  readonly check: () => void;
  /** Told how many more sequences are done. */
  readonly onRows?: (count: number) => void;
  /** What is done to sites of the model on the way. */
  readonly edits?: readonly SiteEdit[] | undefined;
}
