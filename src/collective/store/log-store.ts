import type { Head, StoredEvent } from "./chain.ts";
import type { SiteEvent } from "./events.ts";

/** An event to write. Of two with the same key, a double click or a retry, only the first is written. */
export interface NewEvent {
  readonly event: SiteEvent;
  readonly key?: string | undefined;
}

/** Where an event stands. `isNew` is false for one that was there already. */
export interface Appended {
  readonly seq: number;
  readonly isNew: boolean;
}

/** Where the log of one conversation is kept: SQLite's one file, or PostgreSQL for more than one machine. */
export interface LogStore {
  /** For people: the file, or the database without its password. */
  readonly place: string;
  /**
   * Writes all of the events or none, in this order, and empties the bodies of `erase`. Resolves once they are on disk.
   * @throws PreceptError disk, run-locked, permission.
   */
  append(events: readonly NewEvent[], erase?: readonly number[]): Promise<readonly Appended[]>;
  /** The lines behind `after`, at most `limit`. */
  read(after: number, limit: number): Promise<readonly StoredEvent[]>;
  head(): Promise<Head>;
  /** The value kept under a name beside the log, the same for everybody who opens it: the first one that was ever given. */
  keep(name: string, value: string): Promise<string>;
  close(): Promise<void>;
}

const page = 5000;

/** All lines behind `after`. */
export async function* readLog(store: LogStore, after = 0): AsyncGenerator<StoredEvent> {
  for (let last = after; ; ) {
    const lines = await store.read(last, page);
    yield* lines;
    if (lines.length < page) return;
    last = lines.at(-1)?.seq ?? last;
  }
}
