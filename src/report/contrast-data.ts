import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { contrastSummarySchema } from "../evaluation/index.ts";
import { readSummary } from "../runs/index.ts";
import type { ContrastData } from "./data.ts";

/** What contexts of principles did in a run; undefined where they took no part. */
export async function readContrast(run: string, answers: ContrastData["answers"]): Promise<ContrastData | undefined> {
  const path = join(run, "ai-feedback", "summary.json");
  if (!existsSync(path)) return undefined;
  const { contrast } = await readSummary(path, z.object({ contrast: contrastSummarySchema.optional() }));
  return contrast && { summary: contrast, answers };
}
