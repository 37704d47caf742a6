import { createReadStream, existsSync, statSync } from "node:fs";
import { createGunzip } from "node:zlib";
import { PreceptError } from "../../errors.ts";
import { linesOfStream, tryJson } from "../../storage/index.ts";
import type { Row } from "./row.ts";

/** A row with its place in the file, or what kept it from being read. */
export type PlacedRow =
  | { readonly where: string; readonly row: Row }
  | { readonly where: string; readonly fault: string };

export const promptFormats = ["jsonl", "json", "csv", "parquet", "text"] as const;
export type PromptFormat = (typeof promptFormats)[number];

const byEnding: Readonly<Record<string, PromptFormat>> = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
  txt: "text",
};

/**
 * Streams the rows of a prompt file: JSONL, JSON (a list), CSV or TSV with a header, Parquet, or plain text, a prompt a
 * line; all but Parquet also as .gz. `shown` is the file's name in messages.
 * @throws PreceptError usage when there is no such file or its form is unknown.
 */
export async function* readRows(
  path: string,
  { format, shown = path }: { readonly format?: PromptFormat | undefined; readonly shown?: string } = {},
): AsyncGenerator<PlacedRow, void, undefined> {
  const form = format ?? byEnding[/\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? ""];
  if (!existsSync(path) || !statSync(path).isFile()) throw describeUnreadable(shown, "no such file", "check the path");
  if (form === undefined) {
    const remedy = `name it .jsonl, .csv, .parquet or .txt, or give its format: ${promptFormats.join(", ")}`;
    throw describeUnreadable(shown, "a file of an unknown form", remedy);
  }
  if (form === "parquet") yield* parquetRows(path, shown);
  else if (form === "csv") yield* csvRows(path, shown);
  else if (form === "json" && (await isList(path))) yield* jsonRows(path, shown);
  else yield* lineRows(path, shown, form === "text" ? "text" : "jsonl");
}

function bytesOf(path: string): AsyncIterable<Uint8Array> {
  const bytes = createReadStream(path);
  return path.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes;
}

async function* lineRows(path: string, shown: string, form: "jsonl" | "text"): AsyncGenerator<PlacedRow> {
  let number = 0;
  for await (const line of linesOfStream(bytesOf(path))) {
    number += 1;
    if (line.trim() === "") continue;
    const where = `${shown}:${number}`;
    yield form === "text"
      ? { where, row: { prompt: line.trim() } }
      : { where, ...parseRow(line.replace(/^\uFEFF/, "")) };
  }
}

function parseRow(line: string): { readonly row: Row } | { readonly fault: string } {
  try {
    return asRow(JSON.parse(line));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { fault: `no JSON (${reason.slice(0, 120)})` };
  }
}

function asRow(value: unknown): { readonly row: Row } | { readonly fault: string } {
  if (typeof value === "string") return { row: { prompt: value } };
  if (Array.isArray(value)) return { row: { messages: value } };
  if (typeof value === "object" && value !== null) return { row: { ...value } };
  return { fault: `neither an object nor a text: ${JSON.stringify(value)}` };
}

async function* jsonRows(path: string, shown: string): AsyncGenerator<PlacedRow> {
  let value: unknown;
  try {
    value = JSON.parse(await textOf(path));
  } catch (error) {
    throw describeUnreadable(shown, error instanceof Error ? error.message : String(error), "a JSON list of prompts");
  }
  if (!Array.isArray(value)) throw describeUnreadable(shown, "JSON that is not a list", "a JSON list of prompts");
  for (const [index, item] of value.entries()) yield { where: `${shown}[${index}]`, ...asRow(item) };
}

/** Many call JSON Lines .json; a list begins with a bracket. */
async function isList(path: string): Promise<boolean> {
  for await (const line of linesOfStream(bytesOf(path))) {
    const text = line.replace(/^\uFEFF/, "").trimStart();
    if (text !== "") return !text.startsWith("{") || !isJson(text);
  }
  return true;
}

function isJson(text: string): boolean {
  return tryJson(text) !== undefined;
}

async function textOf(path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytesOf(path)) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}

async function* csvRows(path: string, shown: string): AsyncGenerator<PlacedRow> {
  const { parse } = await import("csv-parse");
  const faults: PlacedRow[] = [];
  const parser = parse({
    columns: true,
    bom: true,
    info: true,
    skip_empty_lines: true,
    delimiter: /\.tsv(\.gz)?$/i.test(path) ? "\t" : ",",
    skip_records_with_error: true,
    on_skip: (error) => {
      const line = error !== undefined && typeof error["lines"] === "number" ? error["lines"] : "?";
      faults.push({ where: `${shown}:${line}`, fault: error?.message ?? "a broken line" });
    },
  });
  const pump = (async () => {
    for await (const chunk of bytesOf(path)) {
      if (!parser.write(chunk)) await new Promise((resolve) => parser.once("drain", resolve));
    }
    parser.end();
  })();
  pump.catch((error: unknown) => parser.destroy(error instanceof Error ? error : new Error(String(error))));
  for await (const record of parser) {
    yield* faults.splice(0);
    const { record: row, info } = csvRecord(record);
    yield { where: `${shown}:${info.lines}`, row };
  }
  yield* faults;
}

/** What csv-parse gives with `info`; it has no type for it. */
function csvRecord(record: { readonly record: Row; readonly info: { readonly lines: number } }) {
  return record;
}

async function* parquetRows(path: string, shown: string): AsyncGenerator<PlacedRow> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file).catch((error: unknown) => {
    throw describeUnreadable(shown, error instanceof Error ? error.message : String(error), "a Parquet file");
  });
  const rows = Number(metadata.num_rows);
  for (let start = 0; start < rows; start += 1024) {
    const objects = await parquetReadObjects({
      file,
      metadata,
      compressors,
      rowStart: start,
      rowEnd: Math.min(rows, start + 1024),
    });
    for (const [index, row] of objects.entries()) yield { where: `${shown} row ${start + index + 1}`, row };
  }
}

function describeUnreadable(shown: string, found: string, remedy: string): PreceptError {
  return new PreceptError("usage", { attempted: `Reading prompts from ${shown}`, found, remedy });
}
