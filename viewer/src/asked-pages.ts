/** Pages of a list that were asked for: each is asked for once, and again only where it failed. */
export class AskedPages<Page> {
  private readonly pages = new Map<number, Promise<Page>>();

  /** Resolves once the page is there; rejects with why it is not. */
  ask(from: number, load: () => Promise<Page>): Promise<Page> {
    const known = this.pages.get(from);
    if (known !== undefined) return known;
    const page = load().catch((cause: unknown) => {
      this.pages.delete(from);
      throw cause;
    });
    this.pages.set(from, page);
    return page;
  }
}
