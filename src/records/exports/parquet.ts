import type { SchemaElement } from "hyparquet";
import type { PreferenceRow, SftRow } from "./rows.ts";

const text = (name: string, isRequired = true): SchemaElement => ({
  name,
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  repetition_type: isRequired ? "REQUIRED" : "OPTIONAL",
});

/** A list of turns: list<struct<role, content>>, as the data sets library of Hugging Face reads chats. */
const turns = (name: string): SchemaElement[] => [
  { name, repetition_type: "REQUIRED", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "REQUIRED", num_children: 2 },
  text("role"),
  text("content"),
];

const texts = (name: string): SchemaElement[] => [
  { name, repetition_type: "REQUIRED", converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  text("element"),
];

const double = (name: string): SchemaElement => ({ name, type: "DOUBLE", repetition_type: "REQUIRED" });

const sftSchema: SchemaElement[] = [
  { name: "root", num_children: 6 },
  text("id"),
  ...turns("prompt"),
  ...turns("completion"),
  text("principle_id", false),
  text("source"),
  { name: "round", type: "INT32", repetition_type: "REQUIRED" },
];

const preferenceSchema: SchemaElement[] = [
  { name: "root", num_children: 8 },
  text("id"),
  ...turns("prompt"),
  ...turns("chosen"),
  ...turns("rejected"),
  double("chosen_probability"),
  double("raw_probability"),
  ...texts("principle_ids"),
  text("source"),
];

const toAnswer = (content: string) => [{ role: "assistant", content }];

/** Writes training pairs as Parquet, some thousand rows in memory; gives their number. */
export function writeSftParquet(path: string, rows: AsyncIterable<SftRow>): Promise<number> {
  return write(path, rows, sftSchema, ({ id, messages, completion, principleId, source, round }) => ({
    id,
    prompt: messages,
    completion: toAnswer(completion),
    principle_id: principleId,
    source,
    round,
  }));
}

/** Writes comparisons as Parquet. */
export function writePreferenceParquet(path: string, rows: AsyncIterable<PreferenceRow>): Promise<number> {
  return write(path, rows, preferenceSchema, (row) => ({
    id: row.id,
    prompt: row.messages,
    chosen: toAnswer(row.chosen),
    rejected: toAnswer(row.rejected),
    chosen_probability: row.probability,
    raw_probability: row.rawProbability,
    principle_ids: row.principleIds,
    source: row.source,
  }));
}

async function write<R>(
  path: string,
  rows: AsyncIterable<R>,
  schema: SchemaElement[],
  form: (row: R) => Record<string, unknown>,
): Promise<number> {
  const { fileWriter, ParquetWriter } = await import("hyparquet-writer");
  const writer = fileWriter(path);
  const parquet = new ParquetWriter({ writer, schema, createdBy: "precept" });
  let held: Record<string, unknown>[] = [];
  let count = 0;
  const names = topNames(schema);
  const flush = (): void => {
    if (held.length === 0) return;
    const columnData = names.map((name) => ({ name, data: held.map((row) => row[name]) }));
    parquet.write({ columnData, rowGroupSize: rowGroup });
    held = [];
  };
  for await (const row of rows) {
    held.push(form(row));
    count += 1;
    if (held.length === rowGroup) flush();
  }
  flush();
  parquet.finish();
  return count;
}

const rowGroup = 2048;

/** The names of the columns: the root's own children. */
function topNames(schema: readonly SchemaElement[]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at]?.num_children ?? 0;
    at += 1;
    for (let i = 0; i < children; i++) skip();
  };
  while (at < schema.length) {
    names.push(schema[at]?.name ?? "");
    skip();
  }
  return names;
}
