import { createReadStream } from "node:fs";
import type { z } from "zod";
import { PreceptError } from "../errors.ts";
import { linesOfStream } from "../storage/index.ts";

/**
 * Streams a JSONL file, one checked record at a time; blank lines are skipped.
 * @throws PreceptError run-invalid with file and line when a line is no JSON or does not fit the schema.
 */
export async function* readRecords<T>(path: string, schema: z.ZodType<T>): AsyncGenerator<T> {
  const input = createReadStream(path);
  let number = 0;
  try {
    for await (const line of linesOfStream(input)) {
      number++;
      if (line.trim() === "") continue;
      yield parseRecord(line, schema, `${path}:${number}`);
    }
  } catch (cause) {
    throw readFailure(path, cause);
  } finally {
    input.destroy();
  }
}

/** The whole file at once; for files that fit in memory. */
export async function loadRecords<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
  const records: T[] = [];
  for await (const record of readRecords(path, schema)) records.push(record);
  return records;
}

/** One checked record from one line. `where` names the place in the error. @throws PreceptError run-invalid. */
export function parseRecord<T>(line: string, schema: z.ZodType<T>, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading the record at ${where}`,
      found: `text that is not JSON: ${line.slice(0, 80)}`,
      expected: "one JSON object a line",
      remedy: "restore the file from a backup, or delete the stage's folder and run the stage again",
      cause,
    });
  }
  const result = schema.safeParse(value);
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

function readFailure(path: string, cause: unknown): unknown {
  if (cause instanceof PreceptError || !(cause instanceof Error) || !("code" in cause)) return cause;
  const code = cause.code === "EACCES" || cause.code === "EPERM" ? "permission" : "run-invalid";
  return new PreceptError(code, {
    attempted: `Reading the records in ${path}`,
    found: cause.message,
    expected: "a readable JSONL file",
    remedy: "run the stage that writes it first",
    cause,
  });
}
