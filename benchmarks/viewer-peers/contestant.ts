import type { Page } from "playwright-core";
import type { Item } from "./items.ts";

/** A viewer that runs and shows the log. */
export interface Opened {
  /** Of the list of all items. */
  readonly url: string;
  /** MiB that its server holds. */
  readonly memory: () => number;
  readonly stop: () => Promise<void>;
}

/** One of the viewers that are compared. */
export interface Contestant {
  readonly name: string;
  readonly version: string;
  /** What its search reads. */
  readonly reads: string;
  /** The rows of its list, as a selector. */
  readonly rows: string;
  /** Writes its own kind of log into the folder. */
  readonly write: (folder: string, log: LogOptions) => Promise<void>;
  /** Starts it as its user would; resolves when it answers. */
  readonly start: (folder: string) => Promise<Opened>;
  /** Goes to where one searches; what is typed for a word is told. */
  readonly focusSearch: (page: Page) => Promise<void>;
  readonly toQuery: (word: string) => string;
  /** What the page says of so many items found. */
  readonly tellFound: (found: number, all: number) => RegExp;
}

export interface LogOptions {
  readonly items: readonly Item[];
  /** The same as lines of JSON. */
  readonly file: string;
  readonly seed: number;
}
