import { existsSync } from "node:fs";
import { z } from "zod";
import { pairColumns, readRecords } from "../../records/index.ts";
import type { PreferenceExample } from "../trainer.ts";

const traceSchema = z
  .object({ id: z.string(), source: pairColumns.source, chosen_probability: pairColumns.chosen_probability })
  .transform(({ id, source, chosen_probability: label }) => ({ id, source, label }));

/**
 * What an export for OpenAI or Together keeps beside FILE.jsonl in FILE.ids.jsonl, since those forms have no place for it: ids,
 * sources and soft labels, row by row. Empty where there is no such file.
 */
export async function readLabelsBeside(path: string): Promise<Pick<PreferenceExample, "id" | "source" | "label">[]> {
  const beside = path.replace(/\.jsonl$/i, ".ids.jsonl");
  return beside === path || !existsSync(beside) ? [] : Array.fromAsync(readRecords(beside, traceSchema));
}
