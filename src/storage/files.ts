import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf, PreceptError } from "../errors.ts";

/** A file system error as a PreceptError with a remedy; anything else comes back as it is. */
export function asFileError(error: unknown, attempted: string): unknown {
  if (error instanceof PreceptError) return error;
  const errno = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return new PreceptError("disk", {
        attempted,
        found: `the disk is full (${message})`,
        expected: "free space for the run",
        remedy: "free some space, then give the same command again: the run continues where it stopped",
        cause: error,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new PreceptError("permission", {
        attempted,
        found: `no permission (${message})`,
        expected: "a folder that this user may read and write",
        remedy: "give another folder, or change the permissions of this one",
        cause: error,
      });
    case "EEXIST":
    case "ENOTDIR":
    case "EISDIR":
    case "ENOENT":
      return new PreceptError("run-invalid", {
        attempted,
        found: message,
        expected: "a run folder",
        remedy: "check the path",
        cause: error,
      });
    case "EIO":
    case "EMFILE":
    case "ENFILE":
      return new PreceptError("disk", {
        attempted,
        found: message,
        remedy: "give the same command again",
        cause: error,
      });
    default:
      return error;
  }
}

/** Writes a whole file or none of it: temporary name, fsync, rename. One writer per path. */
export function writeWhole(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, "w");
    try {
      writeAll(file, typeof content === "string" ? Buffer.from(content) : content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw asFileError(error, `Writing ${path}`);
  }
}

/** Writes a file that a person named, with the folders that it needs; whole or not at all. @throws PreceptError disk, permission. */
export function writeOutput(path: string, content: string | Uint8Array): void {
  makeFolder(dirname(path));
  writeWhole(path, content);
}

/** A folder with its parents; mkdir's own `recursive` never ends where a parent takes no folders (/proc). */
export function makeFolder(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
  }
}

/** Removes what a kill in `writeWhole` left in a folder. */
export function removeTemporaries(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(".tmp")) rmSync(join(folder, entry.name), { force: true });
  }
}

/** writeSync until every byte is out; a single call may write fewer. */
export function writeAll(file: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += writeSync(file, bytes, offset);
}
