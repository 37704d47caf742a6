import type { StoredEvent } from "./chain.ts";
import type { Appended, LogStore, NewEvent } from "./log-store.ts";

interface Waiting {
  readonly events: readonly NewEvent[];
  readonly erase: readonly number[];
  readonly resolve: (appended: readonly Appended[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writes what arrives while a commit is under way in the next one: the disk is waited for once per batch, not once per vote.
 * `tell` hears every line of the log once and in order, those that other machines wrote among them, before its writer goes on.
 */
export class EventLog {
  readonly store: LogStore;
  readonly #tell: (line: StoredEvent) => void;
  #waiting: Waiting[] = [];
  #writing: Promise<void> = Promise.resolve();
  #isWriting = false;
  #seen = 0;

  constructor(store: LogStore, tell: (line: StoredEvent) => void) {
    this.store = store;
    this.#tell = tell;
  }

  /** Number of the last line that was told. */
  get seen(): number {
    return this.#seen;
  }

  /** All of the events or none; resolves once they are on disk and were told. */
  append(events: readonly NewEvent[], erase: readonly number[] = []): Promise<readonly Appended[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Appended[]>();
    this.#waiting.push({ events, erase, resolve, reject });
    if (!this.#isWriting) this.#writing = this.#write();
    return promise;
  }

  /** Tells what the store holds and was not told yet. */
  async catchUp(): Promise<void> {
    for (;;) {
      const lines = await this.store.read(this.#seen, 5000);
      for (const line of lines) this.#hear(line);
      if (lines.length < 5000) return;
    }
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.store.close();
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same step as the last look at what waits: nothing is left behind.
    this.#isWriting = false;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const events = batch.flatMap((it) => it.events);
    const appended = await this.store.append(
      events,
      batch.flatMap(({ erase }) => erase),
    );
    await this.catchUp();
    let start = 0;
    for (const { events: own, resolve } of batch) {
      resolve(appended.slice(start, start + own.length));
      start += own.length;
    }
  }

  /** Two readers may overlap; each line is told once. */
  #hear(line: StoredEvent): void {
    if (line.seq !== this.#seen + 1) return;
    this.#seen = line.seq;
    this.#tell(line);
  }
}
