/** What the pages hear while they are open. */
export type News =
  | { readonly kind: "published"; readonly upTo: number }
  /** Own places moved, though not what everybody sees. */
  | { readonly kind: "places" }
  | { readonly kind: "phase" }
  | { readonly kind: "statements" };

/** Tells everybody who listens. */
export class Live {
  readonly #listeners = new Set<(news: News) => void>();

  listen(hear: (news: News) => void): () => void {
    this.#listeners.add(hear);
    return () => {
      this.#listeners.delete(hear);
    };
  }

  tell(news: News): void {
    for (const hear of this.#listeners) hear(news);
  }

  get count(): number {
    return this.#listeners.size;
  }
}
