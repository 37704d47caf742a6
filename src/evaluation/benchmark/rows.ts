import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readRows as readFileRows } from "../../records/index.ts";
import { parseJson, readText } from "../../storage/index.ts";

/** One row of a benchmark's file. */
export interface Row<T> {
  readonly value: T;
  /** 1 for the first row of data. */
  readonly number: number;
  /** "file:line". */
  readonly where: string;
}

export interface RowOptions {
  /** Names under which other copies have a column, e.g. { forbidden_prompt: ["prompt"] }. */
  readonly otherNames?: Readonly<Record<string, readonly string[]>>;
  /** Names of the columns, for a CSV file that does not begin with them. */
  readonly columns?: readonly string[];
}

/** A cell that holds a number, as JSON has it or as a CSV file writes it. An empty cell, null and true are none. */
export const numberCell = z.union([
  z.number(),
  z
    .string()
    .trim()
    .regex(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu, "no number")
    .transform(Number),
]);

type Loose = Readonly<Record<string, unknown>>;

/**
 * Streams the rows of a CSV, JSONL, JSON or Parquet file (plain or .gz), checked against a schema; memory does not grow with
 * the file. @throws PreceptError input-invalid naming file, line and column for a missing column or a cell that does not fit.
 */
export async function* readRows<T>(
  path: string,
  schema: z.ZodType<T>,
  options: RowOptions = {},
): AsyncGenerator<Row<T>> {
  const { otherNames = {}, columns } = options;
  let number = 0;
  for await (const { where, row } of namedRows(path, columns)) {
    number += 1;
    const renamed = rename(row, otherNames);
    const result = schema.safeParse(renamed);
    if (!result.success) throw wrongCell(where, renamed, result.error);
    yield { value: result.data, number, where };
  }
}

async function* namedRows(
  path: string,
  columns: RowOptions["columns"],
): AsyncGenerator<{ readonly where: string; readonly row: Loose }> {
  const examples = path.endsWith("task.json") ? await bigBenchExamples(path) : undefined;
  if (examples !== undefined) {
    for (const [index, row] of examples.entries()) yield { where: `${path} examples[${index}]`, row };
    return;
  }
  for await (const placed of readFileRows(path, { columns })) {
    if ("fault" in placed) throw rowFault(placed.where, placed.fault);
    yield placed;
  }
}

const bigBenchSchema = z.object({ examples: z.array(z.record(z.string(), z.unknown())) });

/** The rows of BIG-bench's task.json. */
async function bigBenchExamples(path: string): Promise<readonly Loose[]> {
  const fail = (): PreceptError => rowFault(path, "no list under examples");
  return parseJson(await readText(path), bigBenchSchema, fail).examples;
}

function rowFault(where: string, found: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading ${where}`,
    found,
    expected: "a row in the benchmark's published format",
    remedy: "give the file as its authors publish it; docs/evaluation.md says where it is",
  });
}

function rename(row: Loose, others: NonNullable<RowOptions["otherNames"]>): Loose {
  const added: Record<string, unknown> = {};
  for (const [name, synonyms] of Object.entries(others)) {
    if (row[name] !== undefined) continue;
    const found = synonyms.find((synonym) => row[synonym] !== undefined);
    if (found !== undefined) added[name] = row[found];
  }
  return Object.keys(added).length === 0 ? row : { ...row, ...added };
}

function wrongCell(where: string, row: Loose, error: z.ZodError): PreceptError {
  const [issue] = error.issues;
  const column = issue?.path.map(String).join(".") || "(row)";
  const top = String(issue?.path[0] ?? "");
  if (top === "" || row[top] !== undefined) {
    return rowFault(where, `in column ${column}: ${issue?.message ?? "a value that does not fit"}`);
  }
  return new PreceptError("input-invalid", {
    attempted: `Reading ${where}`,
    found: `no column ${top}; there are ${Object.keys(row).join(", ")}`,
    expected: `the column ${top}`,
    remedy: "give the file as its authors publish it; docs/evaluation.md says where it is",
  });
}
