import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PreceptError, readPathFault } from "../../errors.ts";
import type { ExportFiles } from "./polis-export.ts";
import type { NamedText } from "./rows.ts";
import { unzip } from "./zip.ts";

const KINDS = [
  ["votes", /^votes\.csv$/],
  ["statements", /^comments\.csv$/],
  ["matrix", /^participants-votes\.csv$/],
] as const;

/** The files of an export: a folder, a zip, or one CSV of votes; `.gz` of each is read too. @throws PreceptError for none of them. */
export async function readExport(path: string): Promise<ExportFiles> {
  const entries = await listEntries(path);
  const files: Partial<Record<keyof ExportFiles, NamedText>> = {};
  for (const { name, read } of entries) {
    const plain = basename(name.replaceAll("\\", "/")).replace(/\.gz$/, "");
    const kind = KINDS.find(([, pattern]) => pattern.test(plain))?.[0];
    const wanted = kind ?? (entries.length === 1 && plain.endsWith(".csv") ? "votes" : undefined);
    if (wanted === undefined) continue;
    if (files[wanted] !== undefined) throw refuse(path, `${plain} twice: exports of several conversations`);
    const bytes = await read();
    files[wanted] = { name: plain, text: textOf(path, plain, name.endsWith(".gz") ? gunzipSync(bytes) : bytes) };
  }
  if (Object.keys(files).length === 0) throw refuse(path, entries.map(({ name }) => name).join(", ") || "nothing");
  return files;
}

interface Entry {
  readonly name: string;
  readonly read: () => Promise<Uint8Array>;
}

async function listEntries(path: string): Promise<Entry[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw readPathFault(error) === undefined ? error : refuse(path, "no such file or folder");
  });
  const isFolder = found.isDirectory();
  if (isFolder) return (await readdir(path)).sort().map((name) => ({ name, read: () => readFile(join(path, name)) }));
  if (!path.endsWith(".zip")) return [{ name: basename(path), read: () => readFile(path) }];
  const files = unzip(basename(path), await readFile(path), (name) => name.endsWith(".csv"));
  return files.map(({ path: name, bytes }) => ({ name, read: async () => bytes }));
}

function textOf(path: string, name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PreceptError("input-invalid", {
      attempted: `Reading ${name} of ${path}`,
      found: "bytes that are no UTF-8",
      expected: "UTF-8, as Polis exports it",
      remedy: "save the file as UTF-8, without opening it in a spreadsheet",
      cause,
    });
  }
}

function refuse(path: string, found: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading an export from ${path}`,
    found,
    expected: "votes.csv or participants-votes.csv, with comments.csv beside it where statements have texts",
    remedy: "give the folder or the zip of one export, or one CSV of votes",
  });
}
