import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { hash32 } from "../../rng.ts";
import { contentHash } from "../../storage/index.ts";
import { checkpointHash, SCALAR_HEAD } from "../../transformer/index.ts";
import { epochOrder } from "../local/batching.ts";
import { encodePrompt, encodeResponse, stopTokens } from "../local/encoding.ts";
import { rewardIdentity } from "../local/reward.ts";
import { passes, refuseUnlearnable, roundSchedule, samplesPerPrompt } from "../local/rollout-objectives.ts";
import { promptsOfRound, refuseLongResponses } from "../local/rollouts.ts";
import { learningRateAt } from "../schedules.ts";
import type { GrpoJob, RlooJob } from "../trainer.ts";
import type { EngineJob, EnginePlan } from "./job-folder.ts";
import {
  commonOf,
  type EngineSettings,
  layoutOf,
  type Outline,
  outlineIn,
  placeSeen,
  writeAdapter,
} from "./plan-models.ts";
import type { PlannedRound } from "./round-schema.ts";

/** A job whose responses are drawn while it runs. */
export type RoundJob = GrpoJob | RlooJob;

/** Where a job is planned. */
interface Place {
  readonly folder: string;
  readonly fingerprint: string;
  readonly settings: EngineSettings;
}

type Reward = NonNullable<EngineJob["rollouts"]>["reward"];

/**
 * What can be decided before the first response is drawn: prompts of every round, the seed of its random numbers, which of its
 * responses each optimizer step learns from, and rates; with LoRA the adapter.
 */
export async function planRounds(
  job: RoundJob,
  outline: Outline,
  { folder, fingerprint, settings }: Place,
): Promise<EnginePlan> {
  refuseOthers(job);
  refuseUnlearnable(job);
  refuseLongResponses(job, outline.config, outline.tokenizer);
  const rows = job.prompts.map(({ id, prompt }) => ({ id, prompt: encodePrompt(outline.tokenizer, prompt) }));
  const steps = Array.from({ length: job.steps + 1 }, (_, index) => planRound(job, index + 1));
  const reference = await planReference(job, outline, folder);
  if (job.lora !== undefined) await writeAdapter(job, folder, outline, "none");
  const { model, ...common } = commonOf(job, outline, fingerprint, settings);
  const fullest = steps.flatMap(({ updates }) => updates).reduce((most, { length }) => Math.max(most, length), 1);
  return {
    rows,
    heldOut: [],
    steps,
    job: {
      ...common,
      objective: job.objective,
      initial: await placeSeen(job.initial, join(folder, "initial")),
      ...omitUndefined({ reference }),
      model: { ...model, head: "none" },
      steps: job.steps,
      stateEvery: job.stateEvery ?? 10,
      loss: lossOf(job),
      layout: layoutOf(fullest, settings),
      rollouts: {
        samples: samplesPerPrompt(job),
        maxTokens: job.maxTokens,
        temperature: job.temperature ?? 1,
        stopTokens: [...stopTokens(outline.tokenizer)],
        reward: await rewardOf(job, folder, outline.tokenizer),
        monitors: omitUndefined({ ...job.monitors }),
        ...omitUndefined({ server: serverOf(job, fingerprint, settings) }),
      },
    },
  };
}

/** The rewards' place, where a planned job's folder or its reward was moved; any other reward is asked. */
export async function movedReward(job: RoundJob, folder: string, known: Reward): Promise<Reward> {
  if (known.kind === "asked" || !("checkpoint" in job.reward)) return known;
  return { ...known, place: await placeSeen(job.reward.checkpoint, join(folder, "reward")) };
}

/** Each job's adapter has a name of its own, so that jobs may share a server. @throws PreceptError usage without an adapter. */
export function serverOf(
  job: RoundJob,
  fingerprint: string,
  { rolloutServer: address }: Pick<EngineSettings, "rolloutServer">,
): NonNullable<EngineJob["rollouts"]>["server"] {
  if (address === undefined) return undefined;
  if (job.lora !== undefined) return { address, adapter: `precept-${fingerprint.slice(0, 16)}` };
  throw new PreceptError("usage", {
    attempted: `Training ${job.objective} with responses of ${address}`,
    found: "no adapter",
    expected: "an adapter, which the server loads anew each round",
    remedy: "--lora 16, or leave the server out",
  });
}

/** The round after the last shows what was learned, and learns nothing. */
function planRound(job: RoundJob, step: number): PlannedRound {
  const samples = samplesPerPrompt(job);
  const count = Math.max(1, Math.floor(job.rolloutsPerStep / samples));
  const places = new Map(job.prompts.map((prompt, place) => [prompt, place]));
  const responses = count * samples;
  const size = Math.ceil(responses / Math.min(responses, job.minibatches ?? 2));
  const updates = Array.from({ length: step > job.steps ? 0 : passes(job) }, (_, pass) => {
    const order = epochOrder(responses, job.seed, step * 1000 + pass);
    return Array.from({ length: Math.ceil(responses / size) }, (_unused, i) => order.slice(i * size, (i + 1) * size));
  }).flat();
  const schedule = job.schedule ?? roundSchedule;
  return {
    step,
    rows: promptsOfRound(job.prompts, count, job.seed, step).map((prompt) => places.get(prompt) ?? 0),
    seed: hash32(`${job.seed}/rollouts/${step}`),
    updates,
    rate: step > job.steps ? 0 : learningRateAt(schedule, job.learningRate, step, job.steps),
  };
}

function lossOf(job: RoundJob): EngineJob["loss"] {
  const { clipRange = 0.2, klCoefficient } = job;
  if (job.objective === "rloo")
    return { kind: "rloo", clip: clipRange, klCoefficient, whitenAdvantages: job.whitenAdvantages ?? false };
  return {
    kind: "grpo",
    normalisation: job.lossNormalisation ?? "response",
    clipLow: clipRange,
    clipHigh: job.clipRangeHigh ?? clipRange,
    klCoefficient,
    scaleRewards: job.scaleRewards ?? true,
  };
}

async function planReference(job: RoundJob, { config }: Outline, folder: string): Promise<string | undefined> {
  const { reference = job.initial } = job;
  if (reference === job.initial) return undefined;
  const copy = join(folder, "reference");
  const { vocabularySize } = (await outlineIn(reference, copy)).config;
  if (vocabularySize >= config.vocabularySize) return placeSeen(reference, copy);
  throw new PreceptError("input-invalid", {
    attempted: `Preparing the reference ${reference}`,
    found: `a vocabulary of ${vocabularySize} tokens`,
    expected: `at least ${config.vocabularySize}, as the policy has: both must read the same tokens`,
  });
}

/** A preference model of the policy's own tokens is read where the loop runs; anything else is asked of this process. */
async function rewardOf(
  { reward, prompts }: RoundJob,
  folder: string,
  tokenizer: Outline["tokenizer"],
): Promise<Reward> {
  const asked = { kind: "asked", name: contentHash(await rewardIdentity(reward)) } as const;
  if (!("checkpoint" in reward)) return asked;
  const copy = join(folder, "reward");
  const { names, tokenizer: own } = await outlineIn(reward.checkpoint, copy);
  if (!names.includes(SCALAR_HEAD)) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Loading the preference model ${reward.checkpoint}`,
      found: `no tensor ${SCALAR_HEAD}`,
      expected: "a checkpoint with a scalar head",
      remedy: "give the checkpoint of the preference-model stage",
    });
  }
  const [first] = prompts;
  if (first === undefined || !readsSame(tokenizer, own)) return asked;
  const before = encodePrompt(own, first.prompt);
  const { tokens } = encodeResponse(own, first.prompt, "");
  const closing = tokens.slice(before.length);
  // A template that writes something else before an answer than before nothing.
  if (!before.every((token, place) => token === tokens[place]) || !stopTokens(own).includes(closing[0] ?? -1))
    return asked;
  return {
    kind: "preference-model",
    name: await checkpointHash(reward.checkpoint),
    place: await placeSeen(reward.checkpoint, copy),
    meanScore: reward.meanScore ?? 0,
    closing,
  };
}

function readsSame(a: Outline["tokenizer"], b: Outline["tokenizer"]): boolean {
  if (a.vocabularySize !== b.vocabularySize || a.endToken !== b.endToken) return false;
  return Array.from({ length: a.vocabularySize }, (_, id) => id).every((id) => a.decode([id]) === b.decode([id]));
}

/** @throws PreceptError usage for what our own loop does and TRL's does not. */
function refuseOthers(job: RoundJob): void {
  const faults = {
    maxRoundKl: job.maxRoundKl !== undefined,
    klEstimator: job.objective === "grpo" && job.klEstimator !== undefined && job.klEstimator !== "k3",
    temperature: job.temperature !== undefined && job.temperature <= 0,
  };
  const found = Object.entries(faults).find(([, isThere]) => isThere)?.[0];
  if (found === undefined) return;
  const expected = { maxRoundKl: "no bound within a round", klEstimator: "k3", temperature: "a temperature above 0" };
  throw new PreceptError("usage", {
    attempted: `Training ${job.objective} with the Python engine`,
    found: `${found} ${String(job[found as keyof RoundJob])}`,
    expected: expected[found as keyof typeof expected],
    remedy: "leave it out, or train with the local engine",
  });
}
