import { findStop } from "../../models/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";

/** What a broken character at the end of a text decodes to. */
const BROKEN = "\ufffd";

/**
 * Tokens to text as they come. A token's piece is what it adds to the text; an unfinished character is kept back until
 * the tokens that finish it. Only the last few tokens are decoded again, so a long text costs no more per token.
 */
export class Detokenizer {
  readonly #tokenizer: Tokenizer;
  #recent: number[] = [];
  /** How many of `#recent` are already said. */
  #said = 0;

  /** @param before tokens that stand before the text: they decide whether it begins with a space. */
  constructor(tokenizer: Tokenizer, before: readonly number[] = []) {
    this.#tokenizer = tokenizer;
    this.#recent = before.slice(-4);
    this.#said = this.#recent.length;
  }

  push(token: number): string {
    this.#recent.push(token);
    return this.#take(false);
  }

  /** What was kept back. */
  end(): string {
    return this.#take(true);
  }

  #take(isLast: boolean): string {
    const options = { skipSpecialTokens: true };
    const before = this.#tokenizer.decode(this.#recent.slice(0, this.#said), options);
    const after = this.#tokenizer.decode(this.#recent, options);
    if (after.length <= before.length || (!isLast && after.endsWith(BROKEN))) return "";
    this.#recent = this.#recent.slice(this.#said);
    this.#said = this.#recent.length;
    return after.slice(before.length);
  }
}

/** Cuts a text before the first of some strings, and keeps back what may yet become one of them. */
export class StopStrings {
  readonly #stops: readonly string[];
  #kept = "";

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== "");
  }

  push(piece: string): { readonly text: string; readonly isStopped: boolean } {
    const text = this.#kept + piece;
    const end = findStop(text, this.#stops);
    if (end !== undefined) {
      this.#kept = "";
      return { text: text.slice(0, end), isStopped: true };
    }
    const kept = Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)));
    this.#kept = text.slice(text.length - kept);
    return { text: text.slice(0, text.length - kept), isStopped: false };
  }

  end(): string {
    const kept = this.#kept;
    this.#kept = "";
    return kept;
  }
}

/** How many characters at the end of the text begin the stop string. */
function overlap(text: string, stop: string): number {
  let length = Math.min(text.length, stop.length - 1);
  while (length > 0 && !text.endsWith(stop.slice(0, length))) length--;
  return length;
}
