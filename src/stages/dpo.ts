import { join } from "node:path";
import { z } from "zod";
import { defineStage } from "../runs/index.ts";
import { hashFile, hashModel } from "../storage/index.ts";
import type { DpoJob } from "../training/index.ts";
import type { StageContext } from "./context.ts";
import { nothingToTrainOn, readLabelledPairs } from "./labelled-pairs.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { stageCostSchema, trainedSchema } from "./summaries.ts";
import { jobSettings, signalOf, train, trainedSummary } from "./train.ts";

/** The policy that direct preference optimisation makes of SL-CAI; its pairs are the comparisons of ai-feedback. */
export const dpoStage = defineStage({ name: "dpo", after: ["sl-cai", "ai-feedback"], records: {} });

export interface DpoInputs {
  /** records.jsonl of the ai-feedback stage. */
  readonly comparisons: string;
  /** Checkpoint folder of SL-CAI: where the policy starts, and the frozen reference. */
  readonly slCai: string;
}

export const dpoSummarySchema = stageCostSchema.extend({
  /** comparisons, leftOut, train, heldOut. */
  counts: z.record(z.string(), z.int().min(0)),
  shuffledLabels: z.boolean(),
  training: trainedSchema,
  /** The same training on shuffled labels, in `shuffled-labels/`. */
  shuffled: trainedSchema.optional(),
});
export type DpoSummary = z.infer<typeof dpoSummarySchema>;

/**
 * Direct preference optimisation on the AI's comparisons, Rafailov et al. 2023, instead of a preference model and RL: the same
 * labels, one training, no sampling. @throws PreceptError input-invalid when no pair is left to train on.
 */
export async function dpo(
  context: StageContext,
  { comparisons: path, slCai }: DpoInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<DpoSummary>> {
  const { dpo: settings, controls, adapter } = options;
  const read = {
    options: settings,
    shuffleLabels: controls.shuffleLabels,
    adapter,
    slCai: await hashModel(slCai),
    comparisons: await hashFile(path),
  };
  return runStage(context, dpoStage, read, dpoSummarySchema, async (writer, meter) => {
    const { beta, nllWeight, training } = settings;
    const optimise = async (shuffleLabels: boolean, output: string, label: string) => {
      const { comparisons, labelled } = await readLabelledPairs(context, path, { ...settings, shuffleLabels });
      const examplesOf = (wanted: "train" | "held-out") =>
        labelled.flatMap(({ split, example }) => (split === wanted ? [example] : []));
      const [pairs, heldOut] = [examplesOf("train"), examplesOf("held-out")];
      if (pairs.length === 0) throw nothingToTrainOn("by direct preference optimisation", comparisons);
      const job: DpoJob = {
        objective: "dpo",
        initial: slCai,
        output,
        seed: context.seed,
        comparisons: pairs,
        heldOut,
        beta,
        nllWeight,
        epochs: training.epochs,
        learningRate: training.learningRate,
        ...jobSettings(training, options),
        ...signalOf(context),
      };
      const result = await train(context, job, writer, meter, { stage: dpoStage.name, label });
      return { result, comparisons, labelled, pairs, heldOut };
    };
    const trained = await optimise(controls.shuffleLabels, writer.folder, "preference training");
    const { result, comparisons, labelled, pairs, heldOut } = trained;
    const isControlled = settings.alsoShuffled === true && !controls.shuffleLabels;
    const control = isControlled
      ? await optimise(true, shuffledFolder(writer.folder), "preference training on shuffled labels")
      : undefined;
    const counts = {
      comparisons,
      leftOut: comparisons - labelled.length,
      train: pairs.length,
      heldOut: heldOut.length,
    };
    return {
      ...meter.cost(),
      counts,
      shuffledLabels: controls.shuffleLabels,
      training: trainedSummary(result),
      shuffled: control && trainedSummary(control.result),
    };
  });
}

/** Folder of the checkpoint trained on shuffled labels, where options asked for it. */
export function shuffledFolder(dpoFolder: string): string {
  return join(dpoFolder, "shuffled-labels");
}
