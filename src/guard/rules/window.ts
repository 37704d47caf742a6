import type { SpanMatcher } from "./matcher.ts";
import { foldText } from "./normalise.ts";

/** A match of one of the matchers, in the places of the raw text. */
export interface WindowMatch {
  readonly matcher: number;
  readonly span: readonly [number, number];
  readonly text: string;
}

/** Searched text is dropped in pieces of this size, not at every push. */
const KEPT = 4096;

/** The part of a growing text that is still undecided, with one search for each matcher. */
export class RuleWindow {
  readonly #matchers: readonly SpanMatcher[];
  #cursors: number[];
  #text = "";
  /** The place of the window's first unit in its own text: the raw one, or the folded one. */
  #base = 0;
  #length = 0;
  /** Of a folded window: where each of its units stands in the raw text. */
  #places: { readonly starts: number[]; readonly ends: number[] } | undefined;
  #rawLength = 0;

  constructor(matchers: readonly SpanMatcher[]) {
    this.#matchers = matchers;
    this.#cursors = matchers.map(() => 0);
  }

  /** A window over the folded text that goes on from here; so far both texts are the same. */
  fold(): RuleWindow {
    const folded = new RuleWindow(this.#matchers);
    folded.#text = this.#text;
    folded.#base = this.#base;
    folded.#length = this.#length;
    folded.#rawLength = this.#length;
    const starts = Array.from({ length: this.#text.length }, (_, index) => this.#base + index);
    folded.#places = { starts, ends: starts.map((start) => start + 1) };
    folded.#cursors = [...this.#cursors];
    return folded;
  }

  push(text: string): void {
    this.#text += text;
    this.#length += text.length;
    this.#rawLength = this.#length;
  }

  pushFolded(raw: string): void {
    const { text, starts, ends } = foldText(raw, this.#rawLength);
    this.#text += text;
    this.#length += text.length;
    this.#rawLength += raw.length;
    for (let i = 0; i < starts.length; i++) {
      this.#places?.starts.push(starts[i] ?? 0);
      this.#places?.ends.push(ends[i] ?? 0);
    }
  }

  /** What has been decided since the last search. */
  search(isEnd: boolean): WindowMatch[] {
    const found: WindowMatch[] = [];
    for (const [index, matcher] of this.#matchers.entries()) {
      const from = (this.#cursors[index] ?? 0) - this.#base;
      const { matches, decided } = matcher.search(this.#text, from, isEnd);
      for (const [start, end] of matches) {
        found.push({ matcher: index, span: this.#rawSpan(start, end), text: this.#text.slice(start, end) });
      }
      this.#cursors[index] = this.#base + decided;
    }
    this.#trim();
    return found;
  }

  /** Characters of the raw text before which no further match can begin. */
  get settled(): number {
    const least = Math.min(this.#length, ...this.#cursors);
    return least >= this.#length ? this.#rawLength : this.#rawStart(least - this.#base);
  }

  #rawStart(index: number): number {
    return this.#places === undefined ? this.#base + index : (this.#places.starts[index] ?? this.#rawLength);
  }

  #rawSpan(start: number, end: number): readonly [number, number] {
    const to = this.#places === undefined ? this.#base + end : (this.#places.ends[end - 1] ?? this.#rawLength);
    return [this.#rawStart(start), to];
  }

  #trim(): void {
    // One unit of context stays: whether a word begins depends on it.
    const drop = Math.min(this.#length, ...this.#cursors) - this.#base - 1;
    if (drop < KEPT) return;
    this.#text = this.#text.slice(drop);
    this.#places?.starts.splice(0, drop);
    this.#places?.ends.splice(0, drop);
    this.#base += drop;
  }
}
