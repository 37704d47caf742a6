import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { Progress } from "../../progress/index.ts";

const readable = /\.(?:jsonl|ndjson|json|csv|tsv|parquet|txt)(?:\.gz)?$/;
/** What lies beside the rows of many data sets. */
const noRows = /(?:^|\/)(?:\.[^/]+|config\.json|dataset_infos?\.json|dataset_dict\.json|state\.json)$/;

/** A file of a data set on this machine, and how messages call it. */
export interface HubFile {
  readonly path: string;
  readonly shown: string;
}

export interface HubPromptsOptions {
  /** The split, as files or folders name it. Default: train, else all files that hold rows. */
  readonly split?: string | undefined;
  readonly progress?: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** "OWNER/DATASET[/PATH][@REVISION]" taken apart; undefined for anything else. */
export function parseDatasetName(text: string) {
  const [, id, path, revision] = /^([\w.-]+\/[\w.-]+)(?:\/([^@]+))?(?:@(.+))?$/.exec(text) ?? [];
  return id === undefined ? undefined : { id, path: path?.replace(/\/+$/, ""), revision };
}

/**
 * Files of a data set on the Hugging Face hub, on this machine: the one that is named or those below a folder, of one split.
 * Only they are fetched; what is here is not asked for again.
 * @throws PreceptError usage for a name that is none; input-invalid for a split or a path that is not there; as `fetchFromHub`.
 */
export async function hubPrompts(
  text: string,
  { split, progress, signal }: HubPromptsOptions = {},
): Promise<HubFile[]> {
  const name = parseDatasetName(text);
  const attempted = `Reading prompts from hf:${text}`;
  if (name === undefined) {
    throw new PreceptError("usage", {
      attempted,
      found: "no data set",
      expected: "hf:OWNER/DATASET[/PATH][@REVISION]",
    });
  }
  const chooseFiles = (paths: readonly string[]): ReadonlySet<string> =>
    new Set(rowFiles(paths, name, split, attempted));
  const { fetchFromHub } = await import("../../hub/index.ts");
  let [of, wanted]: [readonly string[], ReadonlySet<string>] = [[], new Set()];
  let said = "";
  const folder = await fetchFromHub(`datasets/${name.id}${name.revision === undefined ? "" : `@${name.revision}`}`, {
    files: (path, all) => {
      if (of !== all) [of, wanted] = [all, chooseFiles(all)];
      return wanted.has(path);
    },
    progress: ({ file, total }) => {
      if (said !== file) progress?.message(`fetching hf:${name.id}/${file} (${megabytes(total)} in all)`);
      said = file;
    },
    signal,
  });
  const paths = (await readdir(folder, { recursive: true })).map((path) => path.replaceAll("\\", "/"));
  return [...chooseFiles(paths)].sort().map((path) => ({ path: join(folder, path), shown: `hf:${name.id}/${path}` }));
}

/** Which of a data set's files hold the rows that are wanted. @throws PreceptError input-invalid when none does. */
function rowFiles(
  paths: readonly string[],
  { id, path: place }: { readonly id: string; readonly path: string | undefined },
  split: string | undefined,
  attempted: string,
): readonly string[] {
  const isBelow = (path: string): boolean => place === undefined || path === place || path.startsWith(`${place}/`);
  const rows = paths.filter((path) => isBelow(path) && readable.test(path) && !noRows.test(path));
  const tables = rows.some((path) => !/\.txt(?:\.gz)?$/.test(path))
    ? rows.filter((path) => path === place || !/\.txt(?:\.gz)?$/.test(path))
    : rows;
  const list = (some: readonly string[]): string =>
    `${some.slice(0, 8).join(", ")}${some.length > 8 ? `, … (${some.length})` : ""}`;
  if (tables.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted,
      found: `no file with rows${place === undefined ? "" : ` at ${place}`} among ${list(paths) || "no files at all"}`,
      expected: "JSONL, CSV or Parquet",
      remedy: `name a file or a folder: hf:${id}/PATH; or a revision with such files: hf:${id}@refs/convert/parquet`,
    });
  }
  const inSplit = tables.filter((path) => isOfSplit(path, split ?? "train"));
  if (inSplit.length > 0) return inSplit;
  if (split === undefined) return tables;
  const found = ["train", "validation", "test"].filter((known) => tables.some((path) => isOfSplit(path, known)));
  throw new PreceptError("input-invalid", {
    attempted: `${attempted}, split ${split}`,
    found: `no file of that split among ${list(tables)}`,
    expected: "a file or folder with the split's name",
    remedy:
      found.length > 0
        ? `split: ${found.map((known) => `"${known}"`).join(" or ")}, or no split and hf:${id}/PATH`
        : `no split, and hf:${id}/PATH for a file of it`,
  });
}

/** The hub's rule: the split's name stands in the path between characters that are no letters. */
function isOfSplit(path: string, split: string): boolean {
  return new RegExp(`(?<!\\p{L})${split.replaceAll(".", "\\.")}(?!\\p{L})`, "u").test(path);
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
