import { readdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { errnoOf, PreceptError } from "../errors.ts";
import { contentHash, readText } from "../storage/index.ts";

/** A text that answers may rest on. */
export interface SourceDocument {
  /** Its path within its folder. */
  readonly id: string;
  readonly text: string;
}

export interface DocumentFolder {
  readonly documents: readonly SourceDocument[];
  /** Files that are no text or hold none. */
  readonly skipped: readonly string[];
}

const isText = (name: string): boolean => /\.(?:md|markdown|txt|text|rst|html?)$/i.test(name);

/** Every text of a folder, or one file, in the order of their names. @throws PreceptError usage where there is none. */
export async function readDocuments(place: string): Promise<DocumentFolder> {
  const paths = listFiles(place);
  const documents: SourceDocument[] = [];
  const skipped: string[] = [];
  for (const path of paths) {
    const id = path === place ? basename(path) : relative(place, path).replaceAll("\\", "/");
    const text = isText(id) ? await readText(path) : "";
    if (text.trim() === "") skipped.push(id);
    else documents.push({ id, text });
  }
  if (documents.length > 0) return { documents, skipped };
  throw new PreceptError("usage", {
    attempted: `Reading the documents of ${place}`,
    found: paths.length === 0 ? "an empty folder" : `no text among ${paths.length} files`,
    expected: "files that end in .md, .txt, .rst or .html",
  });
}

function listFiles(place: string): string[] {
  try {
    return readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/(?:^|[\\/])(?:\.|node_modules[\\/])/.test(relative(place, path)))
      .sort();
  } catch (error) {
    if (errnoOf(error) === "ENOTDIR") return [place];
    if (errnoOf(error) !== "ENOENT") throw error;
    throw new PreceptError("usage", {
      attempted: "Reading the documents",
      found: `no folder ${place}`,
      expected: "a folder of texts, or one",
      cause: error,
    });
  }
}

/** sha256 of the documents, names and texts, whatever their order. */
export function hashDocuments(documents: readonly SourceDocument[]): string {
  const sorted = documents.map(({ id, text }) => [id, text]).sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return `sha256:${contentHash(sorted)}`;
}

/** @throws PreceptError input-invalid where two documents have one id: a citation could mean either. */
export function refuseSameIds(documents: readonly SourceDocument[]): void {
  const seen = new Set<string>();
  for (const { id } of documents) {
    if (seen.has(id)) {
      throw new PreceptError("input-invalid", {
        attempted: "Taking in the documents",
        found: `two with the id "${id}"`,
        expected: "an id of its own for each",
      });
    }
    seen.add(id);
  }
}
