import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { PreceptError } from "../errors.ts";

/** A closed stage's summary. @throws PreceptError run-invalid. */
export async function readSummary<S>(path: string, schema: z.ZodType<S>): Promise<S> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, "text that is not JSON", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(path, `${issue?.path.join(".")}: ${issue?.message}`, result.error);
}

function damaged(path: string, found: string, cause: unknown): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Reading the summary ${path}`,
    found,
    expected: "the summary that this version writes when a stage closes",
    remedy: "delete the stage's folder and give the same command again",
    cause,
  });
}
