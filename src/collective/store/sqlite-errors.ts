import { PreceptError } from "../../errors.ts";
import { asFileError, sqliteCodeOf } from "../../storage/index.ts";

/** Primary result codes, https://sqlite.org/rescode.html; the extended ones hold them in their low byte. */
const codes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** What SQLite refused, for people; anything else comes back as it is. */
export function asSqliteError(error: unknown, attempted: string): unknown {
  if (error instanceof PreceptError) return error;
  const code = sqliteCodeOf(error);
  if (code === 0 || !(error instanceof Error)) return asFileError(error, attempted);
  const found = error.message;
  switch (code) {
    case codes.busy:
    case codes.locked:
      return new PreceptError("run-locked", {
        attempted,
        found: `another program holds the file (${found})`,
        expected: "a log that nobody else is writing",
        remedy: "close the program that has it open, then try again: nothing was written",
        cause: error,
      });
    case codes.full:
    case codes.io:
      return new PreceptError("disk", {
        attempted,
        found: `the disk is full or failed (${found})`,
        expected: "free space for the log",
        remedy: "free some space, then try again: nothing of this was written, and all before it is kept",
        cause: error,
      });
    case codes.readOnly:
    case codes.cannotOpen:
      return new PreceptError("permission", {
        attempted,
        found,
        expected: "a file that this user may read and write",
        remedy: "give another folder, or change the permissions of this one",
        cause: error,
      });
    case codes.corrupt:
    case codes.notADatabase:
      return new PreceptError("run-invalid", {
        attempted,
        found: `no log, or a damaged one (${found})`,
        expected: "a log that precept wrote",
        remedy: "give another folder, or put a copy back that is whole",
        cause: error,
      });
    default:
      return error;
  }
}

/** The error of a database that somebody else made. */
export function foreignFile(file: string): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Opening the log ${file}`,
    found: "a database of another program",
    expected: "a log that precept wrote",
    remedy: "give another folder",
  });
}
