import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { writeWhole } from "../storage/index.ts";

/** Writes a file that a person named, with the folders that it needs; whole or not at all. @throws PreceptError disk, permission. */
export function writeOutput(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeWhole(path, text);
}
