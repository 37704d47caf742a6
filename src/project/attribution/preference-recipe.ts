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

const dpoSchema = z.looseObject({
  controls: z.looseObject({ shuffleLabels: z.boolean() }),
  dpo: z.looseObject({
    beta: z.number(),
    nllWeight: z.number(),
    minConfidence: z.number(),
    heldOutShare: z.number(),
  }),
});

/** How a run chose the comparisons of DPO, and its β. @throws PreceptError run-invalid where it does not say. */
export function dpoRecipeOf(run: StoredRun) {
  const read = dpoSchema.safeParse(run.manifest.method);
  if (!read.success) throw describeUnsaid(run, "its DPO policy", "dpo", read.error);
  const { controls, dpo } = read.data;
  const { beta, nllWeight, minConfidence, heldOutShare } = dpo;
  return { beta, nllWeight, pairs: { minConfidence, heldOutShare, shuffleLabels: controls.shuffleLabels } };
}

const describeUnsaid = (run: StoredRun, model: string, part: string, error: z.ZodError): PreceptError =>
  new PreceptError("run-invalid", {
    attempted: `Reading how ${run.name} trained ${model}`,
    found: z.prettifyError(error),
    expected: `the settings of ${part} in the manifest's method`,
  });

/** How a run chose its comparisons, and how it trained a preference model on them. @throws PreceptError run-invalid where it does not say. */
export function preferenceRecipeOf(run: StoredRun) {
  const read = methodSchema.safeParse(run.manifest.method);
  if (!read.success) throw describeUnsaid(run, "its preference model", "preference-model", read.error);
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
