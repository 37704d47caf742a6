import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import { PreceptError } from "../../errors.ts";
import type { Benchmark, DataFile, Found } from "./types.ts";

/** The files of a benchmark in the user's copies: a folder, or one file. Several copies are looked through in order. */
export function findFiles(
  benchmark: Pick<Benchmark, "id" | "files" | "get" | "about">,
  data: readonly string[],
): Found {
  const found = matchFiles(benchmark.files, data);
  const isMissing = found.some((paths, index) => paths.length === 0 && benchmark.files[index]?.required === true);
  if (!isMissing && (found.length === 0 || found.some((paths) => paths.length > 0))) return found;
  throw missingData(benchmark, data);
}

/** What the user's copies have under the names of a benchmark's files. @throws PreceptError usage for a place that is not there. */
export function matchFiles(files: readonly DataFile[], data: readonly string[]): Found {
  return files.map((file) => firstMatch(file, data));
}

function missingData(
  { id, files, get, about }: Pick<Benchmark, "id" | "files" | "get" | "about">,
  data: readonly string[],
): PreceptError {
  const names = files.filter(({ required }, _, all) => required || all.every((file) => !file.required));
  return new PreceptError("usage", {
    attempted: `Looking for the data of ${id}`,
    found: data.length === 0 ? "no --data" : `nothing of it in ${data.join(", ")}`,
    expected: `${names
      .map((file) => file.names[0] ?? "")
      .slice(0, 3)
      .join(", ")}${names.length > 3 ? ", …" : ""}, plain or .gz (${about.licence})`,
    remedy: get,
  });
}

function firstMatch({ names }: DataFile, data: readonly string[]): string[] {
  for (const root of data) {
    const kind = statSync(root, { throwIfNoEntry: false });
    if (kind === undefined) throw noFolder(root);
    if (kind.isFile()) {
      const plain = basename(root).replace(/\.gz$/, "");
      if (names.some((name) => matches(basename(name), plain))) return [root];
      continue;
    }
    for (const name of names) {
      const paths = expand(root, name);
      if (paths.length > 0) return paths;
    }
  }
  return [];
}

/** Files of `root` that a name stands for; only its last part may hold a `*`. */
function expand(root: string, name: string): string[] {
  const folder = join(root, dirname(name));
  const pattern = basename(name);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  const files = readdirSync(folder).filter((file) => matches(pattern, file.replace(/\.gz$/, "")));
  return files.sort().map((file) => join(folder, file));
}

function matches(pattern: string, file: string): boolean {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`).test(file);
}

/** Whether a path of a repository is one that a benchmark calls `name`, compressed or not. */
export function isFileNamed(path: string, name: string): boolean {
  return matches(name, path.replace(/\.gz$/, ""));
}

function noFolder(root: string): PreceptError {
  return new PreceptError("usage", {
    attempted: "Looking for benchmark data",
    found: `nothing at ${root}`,
    expected: "a folder or a file",
    remedy: "give --data DIR, or set PRECEPT_DATA",
  });
}

/** sha256 in hex of a file's content; that of a .gz is its uncompressed bytes', so that both forms agree. */
export async function contentSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  const bytes = createReadStream(path);
  const stream = path.endsWith(".gz") ? pipeline(bytes, createGunzip(), () => undefined) : bytes;
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest("hex");
}

/** What a file turned out to be. */
export interface FileVersion {
  readonly path: string;
  readonly sha256: string;
  /** E.g. "commit d7bb5bd"; undefined for bytes that no known version has. */
  readonly version?: string;
  /** What to tell the person where the bytes are those of no known version. */
  readonly warning?: string;
}

/** Compares what was found with the known versions. */
export async function identify(benchmark: Pick<Benchmark, "files">, found: Found): Promise<FileVersion[]> {
  const versions: FileVersion[] = [];
  for (const [index, paths] of found.entries()) {
    const known = benchmark.files[index]?.versions ?? [];
    for (const path of paths) {
      const sha256 = await contentSha256(path);
      const version = known.find((one) => one.sha256 === sha256)?.name;
      if (version !== undefined) versions.push({ path, sha256, version });
      else
        versions.push({ path, sha256, ...(known.length === 0 ? {} : { warning: warnOfVersion(path, sha256, known) }) });
    }
  }
  return versions;
}

/** Where only parts of the published file are known, nobody can say that this is not it. */
function warnOfVersion(path: string, sha256: string, known: NonNullable<DataFile["versions"]>): string {
  const names = known.map(({ name }) => name).join(", ");
  const what = known.every(({ isPart }) => isPart === true)
    ? `${path}: which version this is cannot be said, since of the published file only a part is known (${names})`
    : `${path} is not a version that is known (${names})`;
  return `${what}; name it beside the figures by its sha256 ${sha256.slice(0, 12)}…`;
}
