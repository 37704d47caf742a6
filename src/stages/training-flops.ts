import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readSummary, type StoredRun } from "../runs/index.ts";

const trainingSchema = z.object({ training: z.object({ flops: z.number().optional() }).optional() });

/**
 * Floating-point operations of the training that a run recorded for a stage's checkpoint: its own and that of every stage before
 * it. What came before the run is no part of them. Undefined where any of them recorded none.
 */
export async function trainingFlopsOf(run: StoredRun, stage: string): Promise<number | undefined> {
  let sum = 0;
  for (const name of stagesBefore(run, stage)) {
    const path = join(run.folder, name, "summary.json");
    if (!existsSync(path)) continue;
    const { training } = await readSummary(path, trainingSchema);
    if (training === undefined) continue;
    if (training.flops === undefined) return undefined;
    sum += training.flops;
  }
  return sum === 0 ? undefined : sum;
}

/** A stage of a run and every stage before it. */
export function stagesBefore(run: StoredRun, stage: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(stage)) return found;
  found.add(stage);
  for (const before of run.stage(stage)?.entry.after ?? []) stagesBefore(run, before, found);
  return found;
}
