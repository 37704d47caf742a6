import { type GrpoJob, type PpoJob, type RolloutJob, readPrompts, readSftExamples } from "../../training/index.ts";
import { rewardAt, writeBestOfN } from "../../training/local/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { type JobFlags, jobBase, modelPlace, runJob } from "../train-job.ts";
import { type FixedFlags, fixedSettings } from "./train.ts";

interface SampledFlags {
  readonly reward: string;
  readonly samples?: number;
  readonly maxTokens?: number;
  readonly temperature?: number | undefined;
}

export interface RoundFlags extends JobFlags, SampledFlags {
  readonly reference?: string | undefined;
  readonly steps?: number;
  readonly rollouts?: number;
  readonly epochs?: number | undefined;
  readonly minibatches?: number | undefined;
  readonly clip?: number;
  readonly kl?: number;
  readonly maxRoundKl?: number | undefined;
  readonly roundKlEstimator?: NonNullable<RolloutJob["roundKlEstimator"]> | undefined;
  readonly maxKl?: number;
  readonly minEntropy?: number;
  readonly checkpointEvery?: number | undefined;
  readonly rolloutServer?: string | undefined;
}

export interface PpoFlags extends RoundFlags {
  readonly baseline?: NonNullable<PpoJob["baseline"]> | undefined;
}

export interface GrpoFlags extends RoundFlags {
  readonly dr: boolean;
  readonly normalise?: NonNullable<GrpoJob["lossNormalisation"]>;
  readonly clipHigh?: number;
  readonly klEstimator?: NonNullable<GrpoJob["klEstimator"]> | undefined;
}

/** precept train ppo. */
export async function ppo(this: CliContext, flags: PpoFlags): Promise<void> {
  const { baseline } = flags;
  await runJob(this, { objective: "ppo", ...(await roundsOf(this, "ppo", flags)), baseline }, flags);
}

/** precept train grpo. */
export async function grpo(this: CliContext, flags: GrpoFlags): Promise<void> {
  const { dr, normalise, clipHigh, klEstimator } = flags;
  const own = {
    scaleRewards: dr ? false : undefined,
    lossNormalisation: normalise ?? (dr ? "constant" : undefined),
    clipRangeHigh: clipHigh,
    klEstimator,
  };
  await runJob(this, { objective: "grpo", ...(await roundsOf(this, "grpo", flags)), ...own }, flags);
}

/** precept train rloo. */
export async function rloo(this: CliContext, flags: RoundFlags): Promise<void> {
  await runJob(this, { objective: "rloo", ...(await roundsOf(this, "rloo", flags)) }, flags);
}

/** What the objectives over sampled responses have in common. */
async function roundsOf(context: CliContext, objective: RolloutJob["objective"], flags: RoundFlags) {
  const { reference, epochs, minibatches, clip, maxRoundKl, roundKlEstimator, maxKl, minEntropy, checkpointEvery } =
    flags;
  return {
    ...(await jobBase(context, objective, flags)),
    ...sampledSettings(flags),
    prompts: await readPrompts(flags.data),
    reward: rewardAt(flags.reward),
    steps: flags.steps ?? 50,
    rolloutsPerStep: flags.rollouts ?? 64,
    klCoefficient: flags.kl ?? (objective === "grpo" ? 0.04 : 0.05),
    reference: reference === undefined ? undefined : await modelPlace(context, reference, flags.json),
    epochs,
    minibatches,
    clipRange: clip,
    maxRoundKl,
    roundKlEstimator,
    checkpointEvery,
    monitors: { maxKlNats: maxKl, minEntropyNats: minEntropy },
  };
}

export interface RejectionSamplingFlags extends FixedFlags, SampledFlags {
  readonly keep?: number | undefined;
}

/** precept train rejection-sampling. */
export async function rejectionSampling(this: CliContext, flags: RejectionSamplingFlags): Promise<void> {
  const job = {
    objective: "rejection-sampling",
    ...(await jobBase(this, "rejection-sampling", flags)),
    ...fixedSettings(flags),
    ...sampledSettings(flags),
    prompts: await readPrompts(flags.data),
    reward: rewardAt(flags.reward),
    keep: flags.keep,
    heldOut: flags.heldOut === undefined ? undefined : await readSftExamples(flags.heldOut),
  } as const;
  await runJob(this, job, flags);
}

export interface BestOfNFlags extends SampledFlags {
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept train best-of-n: one line for each prompt with the best response and its reward. */
export async function bestOfN(this: CliContext, flags: BestOfNFlags): Promise<void> {
  const samples = flags.samples ?? 8;
  const written = await writeBestOfN(flags.out, {
    model: await modelPlace(this, flags.model, flags.json),
    prompts: await readPrompts(flags.data),
    reward: rewardAt(flags.reward),
    ...sampledSettings(flags),
    samplesPerPrompt: samples,
    seed: flags.seed ?? 1,
    signal: this.signal,
  });
  const { file, responses, reward } = written;
  if (flags.json) printJson(this, written);
  else print(this, `${file}: best of ${samples} for ${responses} prompts, mean reward ${reward.toPrecision(4)}`);
}

function sampledSettings({ samples, maxTokens = 128, temperature }: SampledFlags) {
  return {
    maxTokens,
    samplesPerPrompt: samples,
    temperature,
  };
}
