import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import type { Prompt } from "../../language-model.ts";
import { messageSchema } from "../../records/index.ts";
import { loadCheckpoint, Transformer } from "../../transformer/index.ts";
import type {
  RejectionSamplingJob,
  Reward,
  RolloutPrompt,
  SftExample,
  TrainingProgress,
  TrainingResult,
} from "../trainer.ts";
import { fingerprintOf } from "./job-state.ts";
import { refuseEmpty } from "./learning-model.ts";
import { openReward } from "./reward.ts";
import { rolloutOf, sampleRound } from "./rollouts.ts";
import { trainSft } from "./sft.ts";
import { withoutScalarHead } from "./token-scorer.ts";

export interface SelectedResponse {
  readonly promptId: string;
  readonly prompt: Prompt;
  readonly response: string;
  readonly reward: number;
  /** 1 for the best of its prompt. */
  readonly rank: number;
}

export interface BestOfN {
  /** Checkpoint folder of the policy. */
  readonly model: string;
  readonly prompts: readonly RolloutPrompt[];
  readonly reward: Reward;
  /** n. */
  readonly samplesPerPrompt: number;
  /** Responses to keep of each prompt. Default 1. */
  readonly keep?: number | undefined;
  readonly minReward?: number | undefined;
  readonly maxTokens: number;
  /** Default 1. */
  readonly temperature?: number | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The best of n sampled responses to each prompt (Stiennon et al. 2020 §4.4), in the order of the prompts; ties go to the
 * earlier sample, equal texts count once.
 */
export async function bestOfN(options: BestOfN): Promise<SelectedResponse[]> {
  const { model, prompts, samplesPerPrompt, reward, keep = 1, minReward = Number.NEGATIVE_INFINITY } = options;
  refuseEmpty("Sampling the best of several responses", prompts, "prompts");
  const { config, weights, tokenizer } = await loadCheckpoint(model);
  const opened = await openReward(reward);
  const sampler = await Transformer.create({ config, weights: withoutScalarHead(weights), tokenizer });
  try {
    const job = { ...options, rolloutsPerStep: prompts.length * samplesPerPrompt };
    const samples = await sampleRound(sampler, tokenizer, job, 1, samplesPerPrompt);
    const rollouts = samples.map((sample) => rolloutOf(tokenizer, sample, sample.logprobs ?? []));
    const scored = await opened.score(rollouts, options.signal);
    return prompts.flatMap(({ id }) => {
      const own = scored.filter(({ promptId, reward: score }) => promptId === id && score >= minReward);
      const unique = own.filter(({ response }, i) => own.findIndex((other) => other.response === response) === i);
      return unique
        .sort((a, b) => b.reward - a.reward)
        .slice(0, keep)
        .map(({ promptId, prompt, response, reward: score }, i) => ({
          promptId,
          prompt,
          response,
          reward: score,
          rank: i + 1,
        }));
    });
  } finally {
    await Promise.all([sampler.dispose(), opened.dispose()]);
  }
}

export interface WrittenBestOfN {
  readonly file: string;
  readonly responses: number;
  /** n. */
  readonly samples: number;
  /** Mean of the best. */
  readonly reward: number;
  /** Upper bound of the KL from the model that was sampled, nats. */
  readonly klBoundNats: number;
}

/** Writes the best of n as JSON lines that `train sft` reads: id, prompt, completion, reward. @throws as `bestOfN`. */
export async function writeBestOfN(file: string, options: BestOfN): Promise<WrittenBestOfN> {
  const best = await bestOfN(options);
  const lines = best.map(({ promptId, prompt, response, reward }) =>
    JSON.stringify({ id: promptId, prompt, completion: response, reward }),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${lines.join("\n")}\n`);
  const { samplesPerPrompt: samples } = options;
  const reward = best.reduce((sum, one) => sum + one.reward, 0) / best.length;
  return { file, responses: best.length, samples, reward, klBoundNats: bestOfNKl(samples) };
}

/** KL of the best-of-n policy from the one it samples, an upper bound: log n − (n − 1) / n, nats (Beirami et al. 2024). */
export const bestOfNKl = (n: number): number => Math.log(n) - (n - 1) / n;

const selectedSchema = z.object({
  job: z.string(),
  selected: z.array(
    z.object({
      promptId: z.string(),
      prompt: z.union([z.string(), z.array(messageSchema)]),
      response: z.string(),
      reward: z.number(),
      rank: z.int(),
    }),
  ),
});

/**
 * Samples with the initial model, keeps the best, fine-tunes on them. What was kept stands in `selected.json`, so that a job that
 * goes on samples and scores nothing again.
 */
export async function* trainOnSelected(job: RejectionSamplingJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { samplesPerPrompt = 8, reward, prompts, keep, minReward, maxTokens, temperature, ...rest } = job;
  const fingerprint = await fingerprintOf(job);
  const path = join(job.output, "selected.json");
  let selected = await readSelected(path, fingerprint);
  if (selected === undefined) {
    selected = await bestOfN({
      model: job.initial,
      prompts,
      reward,
      samplesPerPrompt,
      maxTokens,
      seed: job.seed,
      keep,
      minReward,
      temperature,
      signal: job.signal,
    });
    await mkdir(job.output, { recursive: true });
    await writeFile(`${path}.tmp`, `${JSON.stringify({ job: fingerprint, selected }, null, 1)}\n`);
    await rename(`${path}.tmp`, path);
  }
  if (selected.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Training on the best responses",
      found: `no response with a reward of ${minReward} or more`,
      remedy: "lower minReward, or sample more",
    });
  }
  const examples = selected.map(
    ({ promptId, prompt, response, rank }): SftExample => ({ id: `${promptId}/${rank}`, prompt, completion: response }),
  );
  const result = yield* trainSft({ ...rest, objective: "sft", examples });
  const mean = selected.reduce((sum, { reward: score }) => sum + score, 0) / selected.length;
  return { ...result, metrics: { ...result.metrics, "selected/reward": mean, "selected/responses": selected.length } };
}

async function readSelected(path: string, fingerprint: string): Promise<readonly SelectedResponse[] | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { job, selected } = selectedSchema.parse(JSON.parse(text));
  return job === fingerprint ? selected : undefined;
}
