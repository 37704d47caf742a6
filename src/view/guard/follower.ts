import { closeSync, openSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { type AuditSummary, AuditTally, guardEventSchema } from "../../guard/index.ts";
import { linesOfFile, tryJson } from "../../storage/index.ts";
import { FileSight } from "../segments/file-sight.ts";

/** Milliseconds for which lines are read before other requests come in between, and that one answer waits for at most. */
const patience = { slice: 20, whole: 400 } as const;

/** Sums up a log as it grows: each line is read once, the rest of a long log by later requests. */
export class LogFollower {
  readonly #path: string;
  readonly #sight: FileSight;
  #tally = new AuditTally();
  #position = 0;
  #unread = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(path: string) {
    this.#path = path;
    this.#sight = new FileSight(path);
  }

  /** What there is, and the share of the log that it is of. */
  read(): Promise<{ readonly summary: AuditSummary; readonly read: number; readonly unread: number }> {
    const turn = this.#turn.then(() => this.#advance());
    this.#turn = turn.catch(() => undefined);
    return turn.then((read) => ({ summary: this.#tally.read(), read, unread: this.#unread }));
  }

  async #advance(): Promise<number> {
    if (this.#sight.look() === "another file") {
      this.#tally = new AuditTally();
      [this.#position, this.#unread] = [0, 0];
    }
    const file = openSync(this.#path, "r");
    let isEnd = true;
    try {
      const end = performance.now() + patience.whole;
      let rest = performance.now() + patience.slice;
      for (const { text, start, length } of linesOfFile(file, 1 << 18, this.#position)) {
        const event = guardEventSchema.safeParse(tryJson(text));
        if (event.success) this.#tally.add(event.data);
        else this.#unread += 1;
        this.#position = start + length;
        if (performance.now() < rest) continue;
        isEnd = performance.now() < end;
        if (!isEnd) break;
        await setImmediate();
        rest = performance.now() + patience.slice;
      }
    } finally {
      closeSync(file);
    }
    this.#sight.remember(this.#position);
    // Half a line at the end is of the next reading.
    return isEnd ? 1 : this.#position / Math.max(1, statSync(this.#path).size);
  }
}
