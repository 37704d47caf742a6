import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import {
  checkpointHash,
  loadTrainerState,
  saveTrainerState,
  type TrainingSession,
  type Weights,
  type WeightTensor,
} from "../../transformer/index.ts";
import type { TrainingJob, TrainingResult } from "../trainer.ts";
import { rewardIdentity } from "./reward.ts";

const metrics = z.record(z.string(), z.number());

const savedSchema = z.object({
  job: z.string(),
  /** Job steps done; everything else about the data derives from (seed, step). */
  step: z.int(),
  optimizerSteps: z.int(),
  tokens: z.int(),
  forwardTokens: z.int().default(0),
  metrics,
  checkpoints: z.array(z.int()),
});

const finishedSchema = z.object({
  job: z.string(),
  hash: z.string(),
  steps: z.int(),
  tokens: z.int(),
  metrics,
  checkpoints: z.array(z.int()),
  stopped: z.object({ reason: z.string(), step: z.int() }).optional(),
});

const stateSchema = z.union([z.object({ saved: savedSchema }), z.object({ finished: finishedSchema })]);

/** Where an interrupted job stood. */
export type SavedProgress = Omit<z.infer<typeof savedSchema>, "job">;

export interface SavedJob extends SavedProgress {
  /** The parameters that learn: all, or with an adapter its own. */
  readonly weights: Weights;
  /** Weights kept beside the current ones, e.g. the last policy inside the bounds. */
  readonly kept: Weights | undefined;
  readonly moments: Weights;
}

export interface OpenJob {
  /** sha256 over everything that determines the result, checkpoints by their content; the reward by what scores. */
  readonly fingerprint: string;
  readonly saved: SavedJob | undefined;
  readonly finished: TrainingResult | undefined;
}

export const checkpointFolder = (output: string): string => join(output, "checkpoint");
export const intermediateFolder = (output: string, step: number): string => join(output, `checkpoint-${step}`);

/** Removes what another job kept on its way to the same folder: nobody could tell it from this one's. */
export function removeIntermediates(output: string): void {
  if (!existsSync(output)) return;
  for (const name of readdirSync(output))
    if (/^checkpoint-\d+$/.test(name)) rmSync(join(output, name), { recursive: true, force: true });
}

const stateFolder = (output: string): string => join(output, "trainer-state");

/** Reads what an earlier process left of this very job; anything that another job left counts as nothing. */
export async function openJob(job: TrainingJob): Promise<OpenJob> {
  const fingerprint = await fingerprintOf(job);
  const stored = await loadTrainerState(stateFolder(job.output));
  if (stored === undefined) return { fingerprint, saved: undefined, finished: undefined };
  const parsed = stateSchema.safeParse(stored.json);
  if (!parsed.success) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Reading ${stateFolder(job.output)}`,
      found: z.prettifyError(parsed.error),
      remedy: "delete the folder: training then begins anew",
    });
  }
  if ("finished" in parsed.data) {
    const { finished } = parsed.data;
    const result = finished.job === fingerprint ? await finishedResult(job, finished) : undefined;
    return { fingerprint, saved: undefined, finished: result };
  }
  const { job: owner, ...progress } = parsed.data.saved;
  if (owner !== fingerprint) return { fingerprint, saved: undefined, finished: undefined };
  const kept = dropPrefix("kept/", stored.tensors);
  const saved = {
    ...progress,
    weights: dropPrefix("weights/", stored.tensors),
    kept: kept.size > 0 ? kept : undefined,
    moments: dropPrefix("moments/", stored.tensors),
  };
  return { fingerprint, saved, finished: undefined };
}

/** Saves everything that a bit-identical continuation needs, all of it or nothing. */
export async function saveJob(
  output: string,
  fingerprint: string,
  session: TrainingSession,
  progress: Omit<SavedProgress, "optimizerSteps" | "forwardTokens"> & { readonly forwardTokens?: number },
  kept?: Weights,
): Promise<void> {
  const { step: optimizerSteps, moments } = await session.state();
  const tensors = new Map([
    ...addPrefix("weights/", await session.learnedWeights()),
    ...addPrefix("moments/", moments),
    ...(kept === undefined ? [] : addPrefix("kept/", kept)),
  ]);
  await saveTrainerState(stateFolder(output), {
    tensors,
    json: { saved: { job: fingerprint, optimizerSteps, ...progress } },
  });
}

export interface JobEnd {
  readonly steps: number;
  readonly tokens: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly checkpoints: readonly number[];
  readonly stopped?: { readonly reason: string; readonly step: number };
}

/** Records that the job is done and drops its moments; call it after the checkpoint is written. */
export async function finishJob(output: string, fingerprint: string, end: JobEnd): Promise<TrainingResult> {
  const hash = await checkpointHash(checkpointFolder(output));
  const finished = { job: fingerprint, hash, ...end, checkpoints: [...end.checkpoints] };
  await saveTrainerState(stateFolder(output), { tensors: new Map(), json: { finished } });
  return resultOf(output, finished);
}

/** Restores the moments and the step of a session that was created with the saved weights. */
export async function restoreSession(session: TrainingSession, saved: SavedJob | undefined): Promise<void> {
  if (saved !== undefined) await session.restore({ step: saved.optimizerSteps, moments: saved.moments });
}

async function finishedResult(
  job: TrainingJob,
  finished: z.infer<typeof finishedSchema>,
): Promise<TrainingResult | undefined> {
  try {
    return (await checkpointHash(checkpointFolder(job.output))) === finished.hash
      ? resultOf(job.output, finished)
      : undefined;
  } catch (error) {
    if (error instanceof PreceptError && error.code === "checkpoint-missing") return undefined;
    throw error;
  }
}

function resultOf(
  output: string,
  { job: _job, checkpoints, stopped, ...rest }: z.infer<typeof finishedSchema>,
): TrainingResult {
  return {
    ...rest,
    checkpoint: checkpointFolder(output),
    checkpoints: checkpoints.map((step) => ({ step, folder: intermediateFolder(output, step) })),
    stopped,
  };
}

/** sha256 over all of a job that determines its result; checkpoints by their content. */
export async function fingerprintOf(job: TrainingJob): Promise<string> {
  const { initial, output: _output, stateEvery: _stateEvery, signal: _signal, ...rest } = job;
  const parts: Record<string, unknown> = { ...rest, initial: await checkpointHash(initial) };
  if ("reward" in job) parts["reward"] = await rewardIdentity(job.reward);
  if ("reference" in job && job.reference !== undefined) parts["reference"] = await checkpointHash(job.reference);
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

const addPrefix = (prefix: string, tensors: Weights): [string, WeightTensor][] =>
  [...tensors].map(([name, tensor]) => [prefix + name, tensor]);

const dropPrefix = (prefix: string, tensors: Weights): Weights =>
  new Map(
    [...tensors].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    ),
  );
