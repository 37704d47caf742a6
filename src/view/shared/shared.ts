/** What a file that was made to be sent holds: the answers of the server, by the address it is asked at, without "/api/". */
export interface Shared {
  readonly answers: Readonly<Record<string, unknown>>;
  /** Addresses of lists, without what stands behind the question mark; items stand in `answers` at ADDRESS/ID. */
  readonly lists: Readonly<Record<string, SharedList>>;
}

/** A list with all that it is filtered and ordered by. Types alone, read by Node and the browser. */
export interface SharedList {
  readonly facets: readonly {
    readonly id: string;
    readonly title: string;
    readonly values: readonly { readonly value: string; readonly label: string }[];
  }[];
  readonly items: readonly SharedItem[];
}

export interface SharedItem {
  readonly row: { readonly id: string };
  /** By facet. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** By column that the list can be ordered by; null stands at the end. */
  readonly columns: Readonly<Record<string, number | null>>;
}
