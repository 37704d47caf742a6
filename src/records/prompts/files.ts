import { existsSync, statSync } from "node:fs";
import { pipeline } from "node:stream";
import { PreceptError } from "../../errors.ts";
import { readBytes, readJsonLines, readLines, readText } from "../../storage/index.ts";
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

export interface RowFileOptions {
  /** Default: by the file's name. */
  readonly format?: PromptFormat | undefined;
  /** What a file is whose name says nothing; without it such a file is refused. */
  readonly otherwise?: PromptFormat | undefined;
  /** The file's name in messages. */
  readonly shown?: string | undefined;
  /** Names of the columns, for a CSV file that does not begin with them. */
  readonly columns?: readonly string[] | undefined;
}

/**
 * Streams the rows of a person's file: JSONL, JSON (a list), CSV or TSV with a header, Parquet, or plain text, a prompt a line;
 * all but Parquet also as .gz, and in the encodings of `readLines`.
 * @throws PreceptError usage when there is no such file or its form is unknown; as `readLines`.
 */
export async function* readRows(
  path: string,
  options: RowFileOptions = {},
): AsyncGenerator<PlacedRow, void, undefined> {
  const { format, otherwise, shown = path, columns } = options;
  const form = format ?? byEnding[/\.([a-z]+)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? ""] ?? otherwise;
  if (!existsSync(path)) throw describeUnreadable(shown, "no such file", "check the path");
  if (statSync(path).isDirectory()) throw describeUnreadable(shown, "a folder", "give a file in it");
  if (form === undefined) {
    const remedy = `name it .jsonl, .csv, .parquet or .txt, or give its format: ${promptFormats.join(", ")}`;
    throw describeUnreadable(shown, "a file of an unknown form", remedy);
  }
  if (form === "parquet") yield* parquetRows(path, shown);
  else if (form === "csv") yield* csvRows(path, shown, columns);
  else if (form === "text") yield* textRows(path, shown);
  else if (form === "json" && (await isList(path))) yield* jsonRows(path, shown);
  else {
    for await (const { number, ...line } of readJsonLines(path, { shown })) {
      yield { where: `${shown}:${number}`, ...("fault" in line ? line : asRow(line.value)) };
    }
  }
}

async function* textRows(path: string, shown: string): AsyncGenerator<PlacedRow> {
  for await (const { text, number } of readLines(path, { shown })) {
    if (text.trim() !== "") yield { where: `${shown}:${number}`, row: { prompt: text.trim() } };
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
    value = JSON.parse(await readText(path, { shown }));
  } catch (error) {
    if (error instanceof PreceptError) throw error;
    throw describeUnreadable(shown, error instanceof Error ? error.message : String(error), "a JSON list of prompts");
  }
  if (!Array.isArray(value)) throw describeUnreadable(shown, "JSON that is not a list", "a JSON list of prompts");
  for (const [index, item] of value.entries()) yield { where: `${shown}[${index}]`, ...asRow(item) };
}

/** Many call JSON Lines .json; a list begins with a bracket, and lines with an object that ends in the line. */
async function isList(path: string): Promise<boolean> {
  for await (const chunk of readBytes(path)) {
    if (/^[^[{"]*\[/.test(Buffer.from(chunk.subarray(0, 100)).toString("latin1"))) return true;
    break;
  }
  for await (const line of readJsonLines(path)) return "fault" in line;
  return true;
}

async function* csvRows(
  path: string,
  shown: string,
  columns: readonly string[] | undefined,
): AsyncGenerator<PlacedRow> {
  const { parse } = await import("csv-parse");
  const faults: PlacedRow[] = [];
  const parser = parse({
    columns: columns === undefined ? true : [...columns],
    info: true,
    skip_empty_lines: true,
    delimiter: /\.tsv(\.gz)?$/i.test(path) ? "\t" : ",",
    skip_records_with_error: true,
    on_skip: (error) => {
      const line = error !== undefined && typeof error["lines"] === "number" ? error["lines"] : "?";
      faults.push({ where: `${shown}:${line}`, fault: error?.message ?? "a broken line" });
    },
  });
  async function* texts() {
    for await (const { text, end } of readLines(path, { shown })) yield text + end;
  }
  // A fault of the file reaches the loop below: it is the error that the parser ends with.
  pipeline(texts, parser, () => undefined);
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
    for (const [index, row] of objects.entries()) {
      yield { where: `${shown} row ${start + index + 1}`, row: withoutBigints(row) };
    }
  }
}

/** Columns of 64-bit integers hold ids and counts like any other. */
function withoutBigints(row: Row): Row {
  const toPlain = (value: unknown): unknown =>
    typeof value === "bigint" ? (Number.isSafeInteger(Number(value)) ? Number(value) : String(value)) : value;
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, toPlain(value)]));
}

function describeUnreadable(shown: string, found: string, remedy: string): PreceptError {
  return new PreceptError("usage", { attempted: `Reading ${shown}`, found, remedy });
}
