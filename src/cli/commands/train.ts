import { type DpoJob, type LossWeights, readComparisons, readSftExamples } from "../../training/index.ts";
import type { CliContext } from "../context.ts";
import { type ClusterFlags, type JobFlags, jobBase, runJob } from "../train-job.ts";

export interface FixedFlags extends JobFlags {
  readonly epochs?: number | undefined;
  readonly heldOut?: string | undefined;
  readonly skipLong: boolean;
}

export interface PairFlags extends FixedFlags {
  readonly weightHarmlessness?: number;
  readonly weightHelpfulness?: number;
}

export interface DpoFlags extends PairFlags {
  readonly reference?: string | undefined;
  readonly beta?: number | undefined;
  readonly loss?: NonNullable<DpoJob["variant"]>;
  readonly labelSmoothing?: number | undefined;
  readonly nllWeight?: number | undefined;
}

/** precept train sft. */
export async function sft(this: CliContext, flags: FixedFlags & ClusterFlags): Promise<void> {
  const base = await jobBase(this, "sft", flags);
  const examples = await readSftExamples(flags.data);
  const heldOut = flags.heldOut === undefined ? {} : { heldOut: await readSftExamples(flags.heldOut) };
  await runJob(this, { objective: "sft", ...base, ...fixedSettings(flags), examples, ...heldOut }, flags);
}

/** precept train preference-model. */
export async function preferenceModel(this: CliContext, flags: PairFlags & ClusterFlags): Promise<void> {
  const base = await jobBase(this, "preference-model", flags);
  const pairs = await pairData(flags);
  await runJob(this, { objective: "preference-model", ...base, ...fixedSettings(flags), ...pairs }, flags);
}

/** precept train dpo. */
export async function dpo(this: CliContext, flags: DpoFlags & ClusterFlags): Promise<void> {
  const { reference, beta, loss: variant, labelSmoothing, nllWeight } = flags;
  const base = await jobBase(this, "dpo", flags);
  const pairs = await pairData(flags);
  const settings = {
    reference,
    beta,
    variant,
    labelSmoothing,
    nllWeight,
  };
  await runJob(this, { objective: "dpo", ...base, ...fixedSettings(flags), ...pairs, ...settings }, flags);
}

/** Settings of the objectives over fixed data. */
export function fixedSettings({ epochs = 1, skipLong }: Pick<FixedFlags, "epochs" | "skipLong">) {
  return { epochs, ...(skipLong ? { tooLong: "skip" as const } : {}) };
}

async function pairData({ data, heldOut, weightHarmlessness, weightHelpfulness }: PairFlags) {
  const lossWeights: LossWeights = { harmlessness: weightHarmlessness ?? 1, helpfulness: weightHelpfulness ?? 1 };
  return {
    comparisons: await readComparisons(data),
    heldOut: heldOut === undefined ? undefined : await readComparisons(heldOut),
    lossWeights,
  };
}
