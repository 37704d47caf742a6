import type { Masks } from "./masks.ts";
import type { Piece } from "./stream.ts";

/** Puts back what masks of the input stand for, as a text leaves. A name that is cut across pieces is held until it is whole, or none. */
export class Restorer {
  readonly #masks: Masks;
  #held = "";

  constructor(masks: Masks) {
    this.#masks = masks;
  }

  /** `isEnd`: nothing of the text follows. */
  push(pieces: readonly Piece[], isEnd: boolean): Piece[] {
    const released: Piece[] = [];
    const flush = (): void => {
      if (this.#held !== "") released.push(this.#restore(this.#held));
      this.#held = "";
    };
    for (const piece of pieces) {
      if (!piece.isOwn) {
        flush();
        released.push(piece);
        continue;
      }
      const text = this.#held + piece.text;
      const start = text.lastIndexOf("<");
      const end = start >= 0 && this.#masks.begins(text.slice(start)) ? start : text.length;
      if (end > 0) released.push(this.#restore(text.slice(0, end)));
      this.#held = text.slice(end);
    }
    if (isEnd) flush();
    return released;
  }

  /** Lengths are of the model's own text. */
  #restore(text: string): Piece {
    return { text: this.#masks.restore(text), length: text.length, isOwn: true };
  }
}
