import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import {
  type Checkpoint,
  initialAdapter,
  type LoraAdapter,
  loadCheckpoint,
  loraConfig,
  SCALAR_HEAD,
  saveAdapter,
  saveCheckpoint,
  type TrainingOptions,
  TrainingSession,
  type Weights,
  withScalarHead,
} from "../../transformer/index.ts";
import type { TrainingJob } from "../trainer.ts";
import type { BatchShape } from "./batching.ts";
import { restoreSession, type SavedJob } from "./job-state.ts";
import { TokenScorer, type TokenScorerOptions, withoutScalarHead } from "./token-scorer.ts";

/** What a job trains: all weights, or an adapter (with a scalar head, where there is one) over a frozen base. */
export interface LearningModel extends Pick<Checkpoint, "config" | "tokenizer"> {
  /** All weights as they stand at the start, or the frozen base. */
  readonly weights: Weights;
  readonly adapter: LoraAdapter | undefined;
}

export interface HeadOptions {
  /** The scalar head: left out, the checkpoint's (new where it has none), or new at zero. Default "none". */
  readonly head?: "none" | "kept" | "new";
  /** How many a new one is. Default 1. */
  readonly heads?: number;
}

/** The job's model at its start, or where an earlier process left it. @throws PreceptError what loading throws. */
export async function learningModel(
  job: TrainingJob,
  saved: SavedJob | undefined,
  { head = "none", heads = 1 }: HeadOptions = {},
): Promise<LearningModel> {
  const { config, tokenizer, weights: loaded } = await loadCheckpoint(job.initial);
  const headed = head === "kept" ? loaded : withoutScalarHead(loaded);
  const whole = head === "none" ? headed : withScalarHead(config, headed, heads);
  if (job.lora === undefined) return { config, tokenizer, weights: continueFrom(whole, saved), adapter: undefined };
  const lora = loraConfig(job.lora);
  const weights = withoutScalarHead(whole);
  const scalars = whole.get(SCALAR_HEAD);
  const start: Weights = new Map([
    ...initialAdapter(weights, lora, rng(job.seed, "lora")).weights,
    ...(scalars === undefined ? [] : ([[SCALAR_HEAD, scalars]] as const)),
  ]);
  return { config, tokenizer, weights, adapter: { config: lora, weights: continueFrom(start, saved) } };
}

/** What was saved, in the order of the start: gradients are summed into their norm in that order, and rounding depends on it. */
function continueFrom(start: Weights, saved: SavedJob | undefined): Weights {
  if (saved === undefined) return start;
  const places = [...start.keys()];
  return new Map([...saved.weights].sort(([a], [b]) => places.indexOf(a) - places.indexOf(b)));
}

/** A training session for the model, with the moments of an earlier process. */
export async function learningSession(
  job: TrainingJob,
  model: LearningModel,
  saved: SavedJob | undefined,
  options: BatchShape & Pick<TrainingOptions, "loss" | "worker">,
): Promise<TrainingSession> {
  const { config, weights, adapter } = model;
  if (options.length > config.contextLength) {
    throw new PreceptError("context-overflow", {
      attempted: "Starting a training session",
      found: `rows of ${options.length} tokens`,
      expected: `at most the context of ${config.contextLength}`,
      remedy: "lower --length; more rows, --batch, hold as many tokens",
    });
  }
  const session = await TrainingSession.create({
    config,
    weights,
    adapter,
    isOwner: true,
    seed: job.seed,
    device: job.device,
    ...options,
    optimizer: { weightDecay: job.weightDecay ?? 0 },
  });
  await restoreSession(session, saved);
  return session;
}

/** A scorer that reads the model while it learns, in the session's own memory; without the adapter it is the base. */
export function scorerOver(
  session: TrainingSession,
  { config, weights, adapter }: LearningModel,
  options: Pick<TokenScorerOptions, "shape" | "readings"> & { readonly base?: boolean },
): Promise<TokenScorer> {
  const { base = false, ...rest } = options;
  return TokenScorer.over(session.store, { config, weights, adapter: base ? undefined : adapter, ...rest });
}

/** Writes what was learned as a checkpoint, or as an adapter in PEFT's format that names the job's initial model. */
export async function saveLearned(
  folder: string,
  job: TrainingJob,
  { config, tokenizer, adapter }: LearningModel,
  learned: Weights,
): Promise<void> {
  if (adapter === undefined) await saveCheckpoint(folder, { config, weights: learned, tokenizer });
  else await saveAdapter(folder, { config: adapter.config, weights: learned }, job.initial);
}

/** @throws PreceptError input-invalid for a job without data. */
export function refuseEmpty(attempted: string, items: readonly unknown[], what: string): void {
  if (items.length > 0) return;
  throw new PreceptError("input-invalid", {
    attempted,
    found: `no ${what}`,
    remedy: "check what the stage before wrote",
  });
}
