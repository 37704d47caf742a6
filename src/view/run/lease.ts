/** Who reads something that may be closed only once nobody does. */
export class Lease {
  #held = 0;
  #free: PromiseWithResolvers<void> | undefined;

  get isHeld(): boolean {
    return this.#held > 0;
  }

  /** Begins to read; call what it returns once at the end. */
  hold(): () => void {
    this.#held += 1;
    return () => {
      this.#held -= 1;
      if (this.#held > 0) return;
      this.#free?.resolve();
      this.#free = undefined;
    };
  }

  /** Once nobody reads: at once, or after the last of those who do. */
  async whenFree(): Promise<void> {
    if (!this.isHeld) return;
    this.#free ??= Promise.withResolvers();
    await this.#free.promise;
  }
}
