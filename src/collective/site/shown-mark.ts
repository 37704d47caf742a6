import type { SiteEvent } from "../store/index.ts";

/**
 * Which result everybody sees, as the log tells it. One that was computed before somebody's deletion counts what was erased: it
 * is none, even where it was published after it.
 */
export class ShownMark {
  #deletedAt = 0;
  #upTo = 0;

  /** Up to which line the result was computed; 0 where none was published since the last deletion. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Whether a result up to this line counts nothing that was erased. */
  isWhole(upTo: number): boolean {
    return upTo >= this.#deletedAt;
  }

  hear(event: SiteEvent, seq: number): void {
    if (event.kind === "deletion") {
      this.#deletedAt = seq;
      this.#upTo = 0;
    } else if (event.kind === "published" && this.isWhole(event.upTo)) this.#upTo = event.upTo;
  }
}
