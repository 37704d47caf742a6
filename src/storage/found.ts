import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { makeFolder, writeWhole } from "./files.ts";
import { tryJson } from "./json.ts";
import { shownPath } from "./names.ts";

/** Every file of what was found begins with it. */
export const foundFormat = z.literal(1);

/** Digits of a number: a page shows fewer. */
const DIGITS = 6;

/** Keeps what a command found as a file beside what it looked into; false where nobody may write there. */
export function keepFound(path: string, found: object): boolean {
  const shorten = (_: string, value: unknown): unknown =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(DIGITS)) : value;
  try {
    makeFolder(dirname(path));
    writeWhole(path, `${JSON.stringify({ format: 1, ...found }, shorten)}\n`);
    return true;
  } catch (error) {
    if (error instanceof PreceptError && error.code === "permission") return false;
    throw error;
  }
}

/**
 * What a command kept; undefined where there is none, or a link in its place: a run may come from elsewhere. @throws PreceptError
 * run-invalid for a damaged file.
 */
export function readFound<T>(path: string, schema: z.ZodType<T>): T | undefined {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  const read = schema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (read.success) return read.data;
  throw new PreceptError("run-invalid", {
    attempted: `Reading ${shownPath(path)}`,
    found: z.prettifyError(read.error),
    expected: "what a command of this version found",
    remedy: "remove it, and give the command that wrote it again",
  });
}

/** Names in a folder, links left out; none where there is no folder. */
export function namesIn(folder: string, kind: "file" | "folder"): string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => (kind === "file" ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name)
    .sort();
}
