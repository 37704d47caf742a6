import type { z } from "zod";
import { PreceptError } from "../errors.ts";
import { readJsonLines } from "../storage/index.ts";

/**
 * Streams a JSONL file, one checked record at a time; blank lines are skipped.
 * @throws PreceptError run-invalid with file and line when a line is no JSON or does not fit the schema.
 */
export async function* readRecords<T>(path: string, schema: z.ZodType<T>): AsyncGenerator<T> {
  const missing = "run the stage that writes it first";
  for await (const { number, ...line } of readJsonLines(path, { code: "run-invalid", missing })) {
    yield checkRecord(line, schema, `${path}:${number}`);
  }
}

/** The whole file at once; for files that fit in memory. */
export async function loadRecords<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const records: T[] = [];
  for await (const record of readRecords(path, schema)) records.push(record);
  return records;
}

function checkRecord<T>(
  line: { readonly value: unknown } | { readonly fault: string },
  schema: z.ZodType<T>,
  where: string,
): T {
  if ("fault" in line) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading the record at ${where}`,
      found: line.fault,
      expected: "one JSON object per line",
      remedy: "restore the file from a backup, or delete the stage's folder and run the stage again",
    });
  }
  const result = schema.safeParse(line.value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.join(".") || "(record)"}: ${issue.message}`);
  throw new PreceptError("run-invalid", {
    attempted: `Reading the record at ${where}`,
    found: issues.slice(0, 5).join("; "),
    expected: "a record of this version of precept",
    remedy: "use the version that wrote the run, or delete the stage's folder and run the stage again",
  });
}

/** A record as its line, without the line end. */
export function formatRecord(record: unknown): string {
  return JSON.stringify(record);
}
