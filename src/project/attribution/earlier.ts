import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { attributedStage, type EarlierCheckpoint } from "../../attribution/index.ts";
import type { StoredRun } from "../../runs/index.ts";
import { tryJson } from "../../storage/index.ts";
import { learningRateAt, type Schedule, sftSchedule } from "../../training/index.ts";
import { checkpointHash, loadCheckpoint } from "../../transformer/index.ts";
import { recipeOf } from "./recipe.ts";

const trainedSchema = z.object({ steps: z.int().min(1) });
const summarySchema = z.looseObject({ training: trainedSchema, withoutReplay: trainedSchema.optional() });

/** What SL-CAI's training kept on its way, with its learning rates; none where it was not asked to, or the run does not say how it trained. */
export async function earlierCheckpoints({
  run,
  trained,
  checkpoint,
}: {
  readonly run: StoredRun;
  readonly trained: string;
  readonly checkpoint: string;
}): Promise<EarlierCheckpoint[]> {
  const folder = dirname(checkpoint);
  const kept = readdirSync(folder).flatMap((name) => {
    const [, step] = /^checkpoint-(\d+)$/.exec(name) ?? [];
    return step === undefined ? [] : [Number(step)];
  });
  const path = join(run.folder, "sl-cai", "summary.json");
  const summary = existsSync(path) ? summarySchema.safeParse(tryJson(readFileSync(path, "utf8"))).data : undefined;
  const steps = (trained === attributedStage ? summary?.training : summary?.withoutReplay)?.steps;
  if (kept.length === 0 || steps === undefined) return [];
  const { learningRate, schedule = sftSchedule } = recipeOf(run);
  const ends = kept.sort((a, b) => a - b);
  const shares = sharesOfRate(ends, steps, learningRate, schedule);
  return Promise.all(
    ends.map(async (step, i) => {
      const own = join(folder, `checkpoint-${step}`);
      return { step, share: shares[i] ?? 0, hash: await checkpointHash(own), load: () => loadCheckpoint(own) };
    }),
  );
}

/**
 * Σ of the learning rates of the steps that end with each checkpoint, over Σ of all: what TracInCP weighs a checkpoint by. Pruthi et
 * al. 2020 §3.2 have one η_c for equal intervals; this is theirs where the rate does not move. The last checkpoint has the rest.
 */
export function sharesOfRate(ends: readonly number[], steps: number, peak: number, schedule: Schedule): number[] {
  const sumUntil = (end: number): number =>
    Array.from({ length: end }, (_, i) => learningRateAt(schedule, peak, i + 1, steps)).reduce((a, b) => a + b, 0);
  return ends.map((end, i) => (sumUntil(end) - sumUntil(ends[i - 1] ?? 0)) / sumUntil(steps));
}
