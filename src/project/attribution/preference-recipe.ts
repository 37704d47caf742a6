import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { StoredRun } from "../../runs/index.ts";
import type { PreferenceModelJob } from "../../training/index.ts";
import { initialOf, loraSchema, trainingSchema } from "./recipe.ts";

const methodSchema = z.looseObject({
  adapter: loraSchema.optional(),
  controls: z.looseObject({ shuffleLabels: z.boolean() }),
  preferenceModel: z.looseObject({
    from: z.enum(["initial", "sl-cai"]),
    minConfidence: z.number(),
    heldOutShare: z.number(),
    lossWeights: z.object({ harmlessness: z.number(), helpfulness: z.number() }).optional(),
    training: trainingSchema,
  }),
});

/** How a run chose its comparisons, and how it trained a preference model on them. @throws PreceptError run-invalid where it does not say. */
export function preferenceRecipeOf(run: StoredRun) {
  const read = methodSchema.safeParse(run.manifest.method);
  if (!read.success) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading how ${run.name} trained its preference model`,
      found: z.prettifyError(read.error),
      expected: "the settings of preference-model in the manifest's method",
    });
  }
  const { adapter, controls, preferenceModel } = read.data;
  const { from, minConfidence, heldOutShare, lossWeights, training } = preferenceModel;
  const slCai = join(run.folder, "sl-cai", "checkpoint");
  const { epochs, learningRate, ...rest } = training;
  const job: Omit<PreferenceModelJob, "comparisons" | "output"> = {
    objective: "preference-model",
    initial: from === "sl-cai" && existsSync(slCai) ? slCai : initialOf(run),
    seed: run.manifest.seed,
    keep: "last",
    epochs,
    learningRate,
    ...omitUndefined({ ...rest, lossWeights, lora: adapter }),
  };
  return { job, pairs: { minConfidence, heldOutShare, shuffleLabels: controls.shuffleLabels } };
}
