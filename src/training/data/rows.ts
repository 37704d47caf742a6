import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { z } from "zod";
import { PreceptError, readPathFault } from "../../errors.ts";

/** A fault of a data file: line from 1, and the field, "" where it is the whole row. */
export interface RowIssue {
  readonly line: number;
  readonly field: string;
  readonly message: string;
}

/** Faults that are listed; a file with more is refused all the same. */
const LISTED = 10;

/**
 * Streams a JSONL file through a schema, `take` giving what a row becomes; blank lines are skipped. All rows are read
 * before anything is refused, so that one attempt shows every fault.
 * @throws PreceptError input-invalid with file, line and field of each wrong row, or when there is no row; checkpoint-missing
 * is never thrown: a file that cannot be read is input-invalid too, a path that is none usage.
 */
export async function readRows<Row, Item>(
  path: string,
  schema: z.ZodType<Row>,
  take: (row: Row, line: number) => Item,
): Promise<Item[]> {
  const items: Item[] = [];
  const issues: RowIssue[] = [];
  let faults = 0;
  const fault = (issue: RowIssue): void => {
    faults++;
    if (issues.length < LISTED) issues.push(issue);
  };
  const input = createReadStream(path, { encoding: "utf8" });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let line = 0;
  try {
    for await (const text of lines) {
      line++;
      const bare = line === 1 ? text.replace(/^\uFEFF/, "") : text;
      if (bare.trim() === "") continue;
      const row = parseRow(bare, schema);
      if (Array.isArray(row)) for (const issue of row) fault({ line, ...issue });
      else items.push(take(row.row, line));
    }
  } catch (cause) {
    if (cause instanceof PreceptError) throw cause;
    const wrong = readPathFault(cause);
    throw new PreceptError(wrong === undefined ? "input-invalid" : "usage", {
      attempted: `Reading the data ${path}`,
      found: wrong ?? (cause instanceof Error ? cause.message : String(cause)),
      expected: "a readable JSONL file",
      remedy: "check the path",
      cause,
    });
  } finally {
    lines.close();
    input.destroy();
  }
  if (faults > 0) throw wrongRows(path, issues, faults);
  if (items.length > 0) return items;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the data ${path}`,
    found: "an empty dataset",
    expected: "at least one JSON object, one per line",
    remedy: "check the path, and what wrote the file",
  });
}

type Issues = Omit<RowIssue, "line">[];

function parseRow<Row>(text: string, schema: z.ZodType<Row>): { readonly row: Row } | Issues {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [{ field: "", message: `not JSON: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}` }];
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { row: parsed.data };
  return parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
}

function wrongRows(path: string, issues: readonly RowIssue[], faults: number): PreceptError {
  const listed = issues.map(
    ({ line, field, message }) => `${path}:${line}${field === "" ? "" : ` ${field}`}: ${message}`,
  );
  const more = faults > issues.length ? [`and ${faults - issues.length} more`] : [];
  return new PreceptError("input-invalid", {
    attempted: `Reading the data ${path}`,
    found: [...listed, ...more].join("\n"),
    expected: "rows of the form that docs/training.md shows",
  });
}
