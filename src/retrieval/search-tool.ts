/** A part of a document that a search found. */
export interface Hit {
  readonly documentId: string;
  readonly chunkId: string;
  /** [from, to) in the document's text. */
  readonly span: readonly [from: number, to: number];
  readonly text: string;
  /** Higher is nearer; compares hits of one search alone. */
  readonly score: number;
  readonly title?: string | undefined;
}

export interface SearchQuery {
  readonly text: string;
  readonly limit: number;
}

/** Anything that finds parts of documents: an index of ours, a search engine, a database of vectors. */
export interface SearchTool {
  readonly id: string;
  /** What it searches, for a model that decides whether to ask it. */
  readonly description: string;
  /** Nearest first. */
  search(query: SearchQuery, options?: { readonly signal?: AbortSignal | undefined }): Promise<readonly Hit[]>;
}
