import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { canonicalJson } from "./json.ts";

/** sha256 in hex of a text's UTF-8 bytes. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** sha256 in hex of a value's canonical JSON: the same for every layout and key order. */
export function contentHash(value: unknown): string {
  return hashText(canonicalJson(value));
}

/** sha256 in hex of a file's bytes. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** The hash of a folder's relative file names and their bytes; the folder's own name and all times are left out. */
export async function hashFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort();
  const hashes: Record<string, string> = {};
  for (const file of files) hashes[file] = await hashFile(join(folder, file));
  return contentHash(hashes);
}

/** The hash of a model's files, whether it is a folder or one file. */
export async function hashModel(place: string): Promise<string> {
  return (await stat(place)).isFile() ? hashFile(place) : hashFolder(place);
}
