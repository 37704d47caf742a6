import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type GrpoJob,
  type PpoJob,
  type RolloutJob,
  type RolloutJobBase,
  readPrompts,
  readSftExamples,
} from "../../training/index.ts";
import { bestOfN as bestOf, bestOfNKl } from "../../training/local/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { openReward } from "../reward.ts";
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
  const own = { baseline: flags.baseline };
  await runRounds(this, flags, "ppo", (base) => ({ objective: "ppo", ...base, ...own }));
}

/** precept train grpo. */
export async function grpo(this: CliContext, flags: GrpoFlags): Promise<void> {
  const { dr, normalise, clipHigh, klEstimator } = flags;
  const own = {
    ...(dr ? { scaleRewards: false, lossNormalisation: "constant" as const } : {}),
    lossNormalisation: normalise,
    clipRangeHigh: clipHigh,
    klEstimator,
  };
  await runRounds(this, flags, "grpo", (base) => ({ objective: "grpo", ...base, ...own }));
}

/** precept train rloo. */
export async function rloo(this: CliContext, flags: RoundFlags): Promise<void> {
  await runRounds(this, flags, "rloo", (base) => ({ objective: "rloo", ...base }));
}

async function runRounds(
  context: CliContext,
  flags: RoundFlags,
  objective: RolloutJob["objective"],
  jobOf: (base: RolloutJobBase) => RolloutJob,
): Promise<void> {
  const base = await jobBase(context, objective, flags);
  const prompts = await readPrompts(flags.data);
  const { reward, rewardName, dispose } = await openReward(flags.reward);
  const { reference, epochs, minibatches, clip, maxRoundKl, roundKlEstimator, maxKl, minEntropy, checkpointEvery } =
    flags;
  try {
    const job = jobOf({
      ...base,
      ...sampledSettings(flags),
      prompts,
      reward,
      rewardName,
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
      monitors: {
        maxKlNats: maxKl,
        minEntropyNats: minEntropy,
      },
    });
    await runJob(context, job, flags.json);
  } finally {
    await dispose();
  }
}

export interface RejectionSamplingFlags extends FixedFlags, SampledFlags {
  readonly keep?: number | undefined;
}

/** precept train rejection-sampling. */
export async function rejectionSampling(this: CliContext, flags: RejectionSamplingFlags): Promise<void> {
  const base = await jobBase(this, "rejection-sampling", flags);
  const prompts = await readPrompts(flags.data);
  const heldOut = flags.heldOut === undefined ? {} : { heldOut: await readSftExamples(flags.heldOut) };
  const keep = { keep: flags.keep };
  const { reward, rewardName, dispose } = await openReward(flags.reward);
  try {
    const job = {
      objective: "rejection-sampling",
      ...base,
      ...fixedSettings(flags),
      ...sampledSettings(flags),
    } as const;
    await runJob(this, { ...job, prompts, reward, rewardName, ...keep, ...heldOut }, flags.json);
  } finally {
    await dispose();
  }
}

export interface BestOfNFlags extends SampledFlags {
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept train best-of-n: one line a prompt with the best response and its reward. */
export async function bestOfN(this: CliContext, flags: BestOfNFlags): Promise<void> {
  const prompts = await readPrompts(flags.data);
  const { reward, dispose } = await openReward(flags.reward);
  const n = flags.samples ?? 8;
  try {
    const best = await bestOf({
      model: await modelPlace(this, flags.model, flags.json),
      prompts,
      reward,
      ...sampledSettings(flags),
      samplesPerPrompt: n,
      seed: flags.seed ?? 1,
      signal: this.signal,
    });
    const lines = best.map(({ promptId, prompt, response, reward: score }) =>
      JSON.stringify({ id: promptId, prompt, completion: response, reward: score }),
    );
    await mkdir(dirname(flags.out), { recursive: true });
    await writeFile(flags.out, `${lines.join("\n")}\n`);
    const mean = best.reduce((sum, { reward: score }) => sum + score, 0) / best.length;
    const result = { file: flags.out, responses: best.length, samples: n, reward: mean, klBoundNats: bestOfNKl(n) };
    if (flags.json) printJson(this, result);
    else print(this, `${flags.out}: best of ${n} for ${best.length} prompts, mean reward ${mean.toPrecision(4)}`);
  } finally {
    await dispose();
  }
}

function sampledSettings({ samples, maxTokens = 128, temperature }: SampledFlags) {
  return {
    maxTokens,
    samplesPerPrompt: samples,
    temperature,
  };
}
