import { chmodSync, mkdirSync, rmdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { asFileError, type Lock, takeLock } from "../../storage/index.ts";
import { WorkerThread, workerEntry } from "../../tensor/index.ts";
import type { LogStore } from "./log-store.ts";
import { SqliteFile, type SqliteOptions } from "./sqlite-file.ts";

/** A log in one file (write-ahead log beside it): one process writes, in a thread of its own; others may read. */
export async function openSqlite(options: SqliteOptions): Promise<LogStore> {
  const { file, isReadOnly } = options;
  if (isReadOnly) return openReader(options);
  const lock = lockFile(file);
  const worker = new WorkerThread(workerEntry("sqlite-worker", import.meta.url));
  let reader: SqliteFile;
  try {
    await worker.call("open", options);
    // It holds the key that signs who votes.
    chmodSync(file, 0o600);
    reader = new SqliteFile({ file, isReadOnly: true });
  } catch (error) {
    await worker.terminate();
    lock.release();
    throw error;
  }
  return {
    place: file,
    append: (events, erase = []) => worker.call("append", { events, erase }),
    read: async (after, limit) => reader.read(after, limit),
    head: async () => reader.head(),
    keep: (name, value) => worker.call("keep", { name, value }),
    async close() {
      reader.close();
      await worker.call("close", undefined);
      await worker.terminate();
      lock.release();
    },
  };
}

function lockFile(file: string): Lock {
  const folder = `${resolve(file)}.lock`;
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(folder, { recursive: true });
    const lock = takeLock(folder, "collective open");
    return {
      release() {
        lock.release();
        rmdirSync(folder);
      },
    };
  } catch (error) {
    const attempted = `Opening the log ${file}`;
    if (!(error instanceof PreceptError) || error.code !== "run-locked") throw asFileError(error, attempted);
    const { found } = error.details;
    const remedy = "stop it, or open another folder";
    throw new PreceptError("run-locked", {
      attempted,
      found,
      expected: "a log that nobody else writes",
      remedy,
      cause: error,
    });
  }
}

function openReader(options: SqliteOptions): LogStore {
  const file = new SqliteFile(options);
  return {
    place: options.file,
    append: async (events, erase = []) => file.append(events, erase),
    read: async (after, limit) => file.read(after, limit),
    head: async () => file.head(),
    keep: async (name, value) => file.keep(name, value),
    close: async () => file.close(),
  };
}
