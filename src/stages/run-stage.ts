import { join } from "node:path";
import type { z } from "zod";
import { SCHEMA_VERSION } from "../records/index.ts";
import { readSummary, type Stage, type StageRecords, type StageWriter } from "../runs/index.ts";
import { contentHash } from "../storage/index.ts";
import type { DataStageContext } from "./context.ts";
import { type Meter, startMeter } from "./meter.ts";

export interface StageResult<S> {
  readonly summary: S;
  /** Closed before with the same inputs; nothing was done. */
  readonly unchanged: boolean;
}

/**
 * One stage of a run: skipped when it was closed with the same inputs, else done or continued; its summary is written
 * before it closes. `inputs` is everything the stage reads besides the constitution, the templates and the seed, files by hash.
 * @throws PreceptError run-invalid when the summary of a closed stage is missing or of another version.
 */
export async function runStage<R extends StageRecords, S>(
  context: DataStageContext,
  stage: Stage<R>,
  inputs: Readonly<Record<string, unknown>>,
  schema: z.ZodType<S>,
  body: (writer: StageWriter<R>, meter: Meter) => Promise<S>,
): Promise<StageResult<S>> {
  const { run, constitution, templates, seed } = context;
  const hash = contentHash({
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    constitution: constitution.hash,
    templates: templates.version,
    seed,
  });
  const outcome = await run.stage(stage, hash, async (writer) => {
    const meter = startMeter(context, run.manifest.stages[stage.name]?.seconds ?? 0);
    const summary = await body(writer, meter);
    writer.summary(summary);
    return { summary };
  });
  context.progress.finish();
  if (outcome !== "unchanged") return { summary: outcome.summary, unchanged: false };
  return { summary: await readSummary(join(run.stageFolder(stage.name), "summary.json"), schema), unchanged: true };
}
