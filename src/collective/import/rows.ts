import { CsvError, parse } from "csv-parse/sync";
import { PreceptError } from "../../errors.ts";

/** One line of a table of comma-separated values, its fields by their column's name. */
export interface Row {
  readonly line: number;
  readonly fields: Readonly<Record<string, string>>;
}

/** A file of an export: its name for messages, and its text. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** The lines of a file, each with its number; a line with fewer fields than the first lacks them. @throws PreceptError for no CSV. */
export function readRows({ name, text }: NamedText): Row[] {
  try {
    const records: { record: Record<string, string>; info: { lines: number } }[] = parse(text, {
      columns: true,
      bom: true,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    return records.map(({ record, info }) => ({ line: info.lines, fields: record }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new PreceptError("input-invalid", {
      attempted: `Reading ${name}`,
      found: error.message,
      expected: "comma-separated values, texts with commas or line breaks in double quotes",
      remedy: "export the file again: it may have been cut or edited",
      cause: error,
    });
  }
}

/** The name that a column has in this file, of those that exports give it. */
export function findColumn(rows: readonly Row[], names: readonly string[]): string | undefined {
  const there = Object.keys(rows[0]?.fields ?? {});
  return names.find((name) => there.includes(name));
}

/** @throws PreceptError where the file has none of the columns. */
export function demandColumn(file: string, rows: readonly Row[], names: readonly string[]): string {
  const column = findColumn(rows, names);
  if (column !== undefined) return column;
  throw new PreceptError("input-invalid", {
    attempted: `Reading ${file}`,
    found: `the columns ${Object.keys(rows[0]?.fields ?? {}).join(", ") || "(none)"}`,
    expected: `a column ${names.join(" or ")}`,
    remedy: "give an export of Polis, or a file with the columns participant, statement, vote and timestamp",
  });
}

/** "lines 3, 7 and 12 more". */
export function nameLines(rows: readonly Row[]): string {
  const shown = rows.slice(0, 3).map(({ line }) => line);
  const more = rows.length - shown.length;
  return `${rows.length === 1 ? "line" : "lines"} ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
