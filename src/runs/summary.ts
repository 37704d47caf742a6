import { readFile } from "node:fs/promises";
import type { z } from "zod";
import { PreceptError } from "../errors.ts";
import { parseJson } from "../storage/index.ts";

/** A closed stage's summary. @throws PreceptError run-invalid. */
export async function readSummary<S>(path: string, schema: z.ZodType<S>): Promise<S> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw describeDamage(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  return parseJson(text, schema, (found, cause) => describeDamage(path, found, cause));
}

function describeDamage(path: string, found: string, cause: unknown): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Reading the summary ${path}`,
    found,
    expected: "the summary that this version writes when a stage closes",
    remedy: "delete the stage's folder and give the same command again",
    cause,
  });
}
