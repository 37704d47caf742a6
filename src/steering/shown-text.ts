/** More of the section that is shown; "restart": the model began it anew, and what was shown before no longer counts. */
export type StreamPart = { readonly text: string } | { readonly restart: true };

/** The section that is shown as it comes, without the white space around it; the last one that is not empty counts. */
export class ShownText {
  #parts: StreamPart[] = [];
  #space = "";
  #isBegun = false;
  #wasShown = false;

  begin(): void {
    this.#space = "";
    this.#isBegun = false;
  }

  add(text: string): void {
    const body = this.#isBegun ? text : text.trimStart();
    const end = body.trimEnd();
    if (end === "") {
      if (this.#isBegun) this.#space += body;
      return;
    }
    if (!this.#isBegun && this.#wasShown) this.#parts.push({ restart: true });
    this.#parts.push({ text: this.#space + end });
    this.#space = body.slice(end.length);
    this.#isBegun = true;
    this.#wasShown = true;
  }

  /** What came since the last time. */
  take(): StreamPart[] {
    return this.#parts.splice(0);
  }
}
