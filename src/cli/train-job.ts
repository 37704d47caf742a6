import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { PreceptError } from "../errors.ts";
import { isRepositoryId, resolveModelFolder } from "../hub/index.ts";
import { downloadReporter, duration } from "../progress/index.ts";
import { takeLock } from "../storage/index.ts";
import type { LoraOptions, Schedule, TrainingJob, TrainingJobBase, TrainingResult } from "../training/index.ts";
import { LocalTrainer } from "../training/local/index.ts";
import { type CliContext, print, printJson, progressOf } from "./context.ts";

/** The flags that every objective takes. */
export interface JobFlags {
  readonly model: string;
  readonly data: string;
  readonly out: string;
  readonly learningRate?: number;
  readonly schedule?: Schedule["shape"] | undefined;
  readonly warmup?: number;
  readonly weightDecay?: number | undefined;
  readonly batch?: number | undefined;
  readonly length?: number | undefined;
  readonly seed?: number | undefined;
  readonly lora?: number | undefined;
  readonly loraAlpha?: number;
  readonly loraDropout?: number;
  readonly loraTarget?: readonly string[];
  readonly rslora: boolean;
  readonly device?: "cpu" | "webgpu" | "cuda" | "auto" | undefined;
  readonly stateEvery?: number | undefined;
  readonly json: boolean;
}

/** Peak rates for all weights; an adapter takes ten times as much (TRL's defaults, and its advice for LoRA). */
const learningRates: Readonly<Record<TrainingJob["objective"], number>> = {
  sft: 2e-5,
  "rejection-sampling": 2e-5,
  dpo: 1e-6,
  "preference-model": 1e-5,
  ppo: 3e-6,
  grpo: 1e-6,
  rloo: 1e-6,
};

/** What every job says, from its flags. @throws PreceptError usage. */
export async function jobBase(
  context: CliContext,
  objective: TrainingJob["objective"],
  flags: JobFlags,
): Promise<TrainingJobBase> {
  const { schedule, warmup, weightDecay, batch, length, device, stateEvery } = flags;
  const lora = loraOf(flags);
  const rate = flags.learningRate ?? learningRates[objective] * (lora === undefined ? 1 : 10);
  const shape = schedule ?? (objective === "dpo" ? "linear" : "cosine");
  return {
    initial: await modelPlace(context, flags.model, flags.json),
    output: flags.out,
    seed: flags.seed ?? 1,
    learningRate: rate,
    signal: context.signal,
    lora,
    ...(schedule === undefined && warmup === undefined ? {} : { schedule: { shape, warmup: warmup ?? 0 } }),
    weightDecay,
    batch,
    length,
    device,
    stateEvery,
  };
}

/** A local folder with a model, or one of the hub's fetched once. @throws PreceptError checkpoint-missing, or what the hub throws. */
export async function modelPlace(context: CliContext, model: string, isJson: boolean): Promise<string> {
  if (existsSync(model) || !isRepositoryId(model) || !model.includes("/")) return existingFolder(model);
  const progress = progressOf(context, isJson);
  try {
    return await resolveModelFolder(model, { signal: context.signal, progress: downloadReporter(progress, model) });
  } finally {
    progress.finish();
  }
}

function existingFolder(model: string): string {
  if (existsSync(model)) return model;
  throw new PreceptError("checkpoint-missing", {
    attempted: `Opening the model ${model}`,
    found: "no such folder",
    expected: "a Hugging Face folder, an adapter, a training job's folder, or owner/name on the hub",
    remedy: "check the path",
  });
}

function loraOf({ lora: rank, loraAlpha, loraDropout, loraTarget = [], rslora }: JobFlags): LoraOptions | undefined {
  if (rank === undefined) {
    if (loraAlpha === undefined && loraDropout === undefined && loraTarget.length === 0 && !rslora) return undefined;
    throw new PreceptError("usage", {
      attempted: "Reading the flags of LoRA",
      found: "settings of an adapter without --lora",
      expected: "--lora RANK",
      remedy: "give --lora 16",
    });
  }
  return {
    rank,
    alpha: loraAlpha,
    dropout: loraDropout,
    ...(loraTarget.length === 0 ? {} : { targetModules: loraTarget }),
    ...(rslora ? { rankStabilised: true } : {}),
  };
}

/**
 * Runs a job under the lock of its folder: progress on stderr, metrics.jsonl step by step, the result on stdout. The same
 * command again continues, or says the result.
 */
export async function runJob(context: CliContext, job: TrainingJob, isJson: boolean): Promise<void> {
  await mkdir(job.output, { recursive: true });
  const lock = takeLock(job.output, context.command);
  const progress = progressOf(context, isJson);
  try {
    const metrics = join(job.output, "metrics.jsonl");
    const steps = new LocalTrainer().train(job);
    let last: { readonly step: number; readonly tokens: number } | undefined;
    let lines: string[] = [];
    for (;;) {
      const next = await steps.next();
      if (next.done === true) {
        progress.finish();
        report(context, job, next.value, isJson);
        return;
      }
      const { step, steps: total, tokens, metrics: values } = next.value;
      if (last === undefined) {
        // After an interruption the first step is not number 1: what was written of it and later ones is written again.
        lines = await linesBefore(metrics, step);
        progress.start("train", job.objective, total, hasRounds(job) ? "rounds" : "steps");
      }
      progress.advance(step - (last?.step ?? 0), { tokens: tokens - (last?.tokens ?? (step === 1 ? 0 : tokens)) });
      lines.push(JSON.stringify({ step, tokens, ...values }));
      // Replaced as a whole, so that a kill leaves the old lines or the new.
      await writeFile(`${metrics}.part`, `${lines.join("\n")}\n`);
      await rename(`${metrics}.part`, metrics);
      last = { step, tokens };
    }
  } finally {
    progress.finish();
    lock.release();
  }
}

const hasRounds = (job: TrainingJob): boolean =>
  job.objective === "ppo" || job.objective === "grpo" || job.objective === "rloo";

async function linesBefore(path: string, step: number): Promise<string[]> {
  if (step === 1 || !existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.filter((line) => Number(/^\{"step":(\d+),/.exec(line)?.[1] ?? Number.POSITIVE_INFINITY) < step);
}

function report(context: CliContext, job: TrainingJob, result: TrainingResult, isJson: boolean): void {
  const { checkpoint, hash, steps, tokens, seconds, metrics, stopped } = result;
  if (isJson) {
    printJson(context, { objective: job.objective, checkpoint, hash, steps, tokens, seconds, metrics, stopped });
    return;
  }
  const place = relative(process.cwd(), checkpoint) || ".";
  const kind = job.lora === undefined ? "checkpoint" : "adapter";
  const unit = `${hasRounds(job) ? "round" : "step"}${steps === 1 ? "" : "s"}`;
  print(context, `${place}: ${kind} after ${steps} ${unit} (${duration(seconds ?? 0)})`);
  if (stopped !== undefined) print(context, `stopped early: ${stopped.reason}`);
  for (const name of headline) {
    const value = metrics[name];
    if (value !== undefined) print(context, `  ${name.padEnd(26)} ${Number(value.toPrecision(4))}`);
  }
}

/** Metrics that are printed at the end, where a job has them. */
const headline = [
  "loss",
  "initial/held_out_loss",
  "final/held_out_loss",
  "rewards/accuracies",
  "rewards/margins",
  "accuracy",
  "held_out/loss",
  "held_out/accuracy",
  "final/objective/scores",
  "final/objective/kl",
  "selected/reward",
] as const;
