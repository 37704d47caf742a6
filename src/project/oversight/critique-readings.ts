import { join } from "node:path";
import { z } from "zod";
import { type CriticContext, type CritiqueItem, critiqueAtLevels, type LevelReading } from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { RecordLog } from "../../runs/index.ts";
import { contentHash, makeFolder } from "../../storage/index.ts";

const readingSchema = z.object({
  id: z.string(),
  principleId: z.string(),
  response: z.string(),
  readings: z.array(
    z.object({
      critique: z.string(),
      finding: z.enum(["breaks", "keeps", "unclear"]),
      check: z.string().optional(),
    }),
  ),
});

export interface ReadingJob {
  readonly context: CriticContext;
  /** Of the critic's weights, or of its name where it is hosted. */
  readonly criticHash: string;
  readonly levels: number;
  /** Where what was read is kept, so that the same command goes on after a kill. */
  readonly folder: string;
  readonly name: string;
  /** Items that are read together. */
  readonly batch: number;
  readonly progress: Progress;
}

/** Criticises every item at every level, a batch at a time; what an earlier process read is not asked again. */
export async function readItems(
  items: readonly CritiqueItem[],
  { context, criticHash, levels, folder, name, batch, progress }: ReadingJob,
): Promise<LevelReading[][]> {
  const { templates, checks, seed, stage } = context;
  const asked = items.map(({ id, messages, response, principle }) => ({
    id,
    response,
    text: principle.text,
    messages: messages.map(({ role, content }) => ({ role, content })),
  }));
  const key = contentHash({
    critic: criticHash,
    levels,
    seed,
    stage,
    templates: templates.version,
    checks: checks.version,
    asked,
  });
  makeFolder(folder);
  const log = RecordLog.open(folder, `${name}-${key.slice(0, 8)}`, readingSchema);
  try {
    const all: LevelReading[][] = [];
    progress.start("critique", name, items.length, "answers");
    for (let at = 0; at < items.length; at += batch) {
      const own = items.slice(at, at + batch);
      const batchId = String(at);
      if (!log.isDone(batchId)) {
        const readings = await critiqueAtLevels(own, levels, context);
        await log.append(
          batchId,
          own.map(({ id, response, principle }, index) => ({
            ...{ id, response, principleId: principle.id },
            readings: readings[index] ?? [],
          })),
        );
      }
      all.push(...log.batch(batchId).map(({ readings }) => readings));
      progress.advance(own.length);
    }
    progress.finish();
    return all;
  } finally {
    log.release();
  }
}

export const readingsFolder = (folder: string): string => join(folder, "oversight", "critique");
