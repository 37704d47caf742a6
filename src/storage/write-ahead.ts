import type { DatabaseSync } from "node:sqlite";

/** SQLite's result code for a file that somebody else holds. */
const BUSY = 5;
const PAUSE_MS = 5;
const pause = new Int32Array(new SharedArrayBuffer(4));

/**
 * Puts an SQLite file into write-ahead mode, where readers and a writer do not wait for each other. SQLite's own timeout
 * does not cover this one step: of several processes that open a new file at once, all but one are told "busy" at once.
 * Waits at most `patienceMs` (ms). @throws what SQLite throws.
 */
export function useWriteAheadLog(database: DatabaseSync, patienceMs: number): void {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      database.exec("pragma journal_mode = wal");
      return;
    } catch (error) {
      if (sqliteCodeOf(error) !== BUSY || Date.now() >= end) throw error;
      Atomics.wait(pause, 0, 0, PAUSE_MS);
    }
  }
}

/** SQLite's primary result code (https://sqlite.org/rescode.html); 0 for an error that is none of its own. */
export function sqliteCodeOf(error: unknown): number {
  return error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : 0;
}
