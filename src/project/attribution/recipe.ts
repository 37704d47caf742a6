import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Recipe } from "../../attribution/index.ts";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { StoredRun } from "../../runs/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { initialModelOf } from "../run-model.ts";

export const loraSchema = z.looseObject({ rank: z.number() });

/** How a stage trained, as a run's manifest has it. */
export const trainingSchema = z.object({
  epochs: z.number(),
  learningRate: z.number(),
  schedule: z
    .looseObject({ shape: z.enum(["constant", "linear", "cosine"]), warmup: z.number().optional() })
    .optional(),
  batch: z.number().optional(),
  length: z.number().optional(),
});

const methodSchema = z.looseObject({
  adapter: loraSchema.optional(),
  slCai: z.looseObject({ training: trainingSchema }),
});

/** Folder of the checkpoint that a run began with. */
export function initialOf(run: StoredRun): string {
  const own = join(run.folder, "initial", "checkpoint");
  if (existsSync(own)) return own;
  const model = initialModelOf(run.manifest);
  return model === undefined ? committedCheckpoint : model.replace(/^local:/, "").replace(/@sha256:.*$/, "");
}

/** How a run fine-tuned SL-CAI, to do it again. @throws PreceptError run-invalid where it does not say. */
export function recipeOf(run: StoredRun): Recipe {
  const read = methodSchema.safeParse(run.manifest.method);
  if (read.success) {
    const { adapter, slCai } = read.data;
    const { epochs, learningRate, ...rest } = slCai.training;
    const own = omitUndefined({ ...rest, lora: adapter });
    return { objective: "sft", initial: initialOf(run), seed: run.manifest.seed, epochs, learningRate, ...own };
  }
  throw new PreceptError("run-invalid", {
    attempted: `Reading how ${run.name} fine-tuned`,
    found: z.prettifyError(read.error),
    expected: "the settings of sl-cai in the manifest's method",
  });
}
