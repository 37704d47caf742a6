import { relative } from "node:path";
import { PreceptError } from "../errors.ts";
import { resolveModelFolder } from "../hub/index.ts";
import { memoryNotice } from "../models/local/index.ts";
import { downloadReporter, duration, type Progress } from "../progress/index.ts";
import { writeHarborDialogues } from "../project/index.ts";
import { writeReport } from "../report/index.ts";
import { hasRounds, type TrainingRunOptions, trainRun } from "../stages/index.ts";
import { PythonTrainer, type PythonTrainerOptions, RayTrainer } from "../training/engines/index.ts";
import {
  defaultLearningRate,
  type LoraOptions,
  type Schedule,
  type Trainer,
  type TrainingJob,
  type TrainingJobBase,
} from "../training/index.ts";
import { LocalTrainer } from "../training/local/index.ts";
import { type CliContext, print, printJson, progressOf } from "./context.ts";
import { linkTo, pageOf } from "./layout.ts";

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
  readonly engine?: "local" | "python" | "ray" | undefined;
  readonly dtype?: PythonTrainerOptions["dtype"];
  readonly rowsPerProcess?: number | undefined;
  readonly device?: "cpu" | "webgpu" | "cuda" | "auto" | undefined;
  readonly stateEvery?: number | undefined;
  readonly json: boolean;
}

/** The flags of --engine ray. */
export interface ClusterFlags {
  readonly ray?: string | undefined;
  readonly storage?: string | undefined;
  readonly processes?: number | undefined;
  readonly gpus?: number | undefined;
  readonly rayOpen: boolean;
}

/** What says how a job is computed, and by which engine. */
type EngineFlags = JobFlags & Partial<ClusterFlags> & { readonly rolloutServer?: string | undefined };

/** What every job says, from its flags. @throws PreceptError usage. */
export async function jobBase(
  context: CliContext,
  objective: TrainingJob["objective"],
  flags: JobFlags,
): Promise<Omit<TrainingJobBase, "output" | "signal">> {
  const { schedule, warmup, weightDecay, batch, length, device, stateEvery } = flags;
  const lora = loraOf(flags);
  const rate = flags.learningRate ?? defaultLearningRate(objective, lora !== undefined);
  const shape = schedule ?? (objective === "dpo" ? "linear" : "cosine");
  return {
    initial: await modelPlace(context, flags.model, flags.json),
    seed: flags.seed ?? 1,
    learningRate: rate,
    lora,
    ...(schedule === undefined && warmup === undefined ? {} : { schedule: { shape, warmup: warmup ?? 0 } }),
    weightDecay,
    batch,
    length,
    device,
    stateEvery,
  };
}

/** A local folder with a model, a GGUF file, or one of the hub's fetched once. @throws PreceptError checkpoint-missing, or what the hub throws. */
export async function modelPlace(context: CliContext, model: string, isJson: boolean): Promise<string> {
  const progress = progressOf(context, isJson);
  try {
    const notice = await memoryNotice(model);
    if (notice !== undefined) progress.message(`note: ${notice}`);
    return await resolveModelFolder(model.replace(/^local:/, ""), {
      signal: context.signal,
      progress: downloadReporter(progress, model),
    });
  } finally {
    progress.finish();
  }
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

/** Runs a job in its folder: progress on stderr, the result on stdout. The same command again continues, or says the result. */
export async function runJob(
  context: CliContext,
  job: TrainingRunOptions["job"],
  flags: EngineFlags,
  /** What else is found of the checkpoint, before the report is written; its lines are printed below the metrics. */
  measure: (checkpoint: string) => Promise<readonly string[]> = async () => [],
): Promise<void> {
  const { out: folder, json } = flags;
  const { command, signal } = context;
  const progress = progressOf(context, json);
  const own = { folder, job: writeHarborDialogues(job), trainer: trainerOf(flags, context, progress) };
  const result = await trainRun({ ...own, command, signal, progress });
  const found = await measure(result.checkpoint);
  const report = await writeReport(folder);
  if (json) {
    printJson(context, { ...result, report: relative(process.cwd(), report) });
    return;
  }
  const { checkpoint, steps, seconds, metrics, stopped } = result;
  const place = relative(process.cwd(), checkpoint) || ".";
  const kind = job.lora === undefined ? "checkpoint" : "adapter";
  const unit = `${hasRounds(job.objective) ? "round" : "step"}${steps === 1 ? "" : "s"}`;
  print(context, `${place}: ${kind} after ${steps} ${unit} (${duration(seconds)})`);
  if (stopped !== undefined) print(context, `stopped early: ${stopped.reason}`);
  for (const name of headline) {
    const value = metrics[name];
    if (value !== undefined) print(context, `  ${name.padEnd(26)} ${Number(value.toPrecision(4))}`);
  }
  for (const line of found) print(context, line);
  print(context, linkTo(report, pageOf(context.process.stdout, context.env)));
}

/** What trains: our own engine in this process, TRL in a Python one, or on a cluster. @throws PreceptError usage. */
function trainerOf(flags: EngineFlags, { env }: CliContext, progress: Progress): Trainer {
  const {
    rolloutServer,
    engine,
    dtype,
    rowsPerProcess,
    ray: address,
    storage,
    processes,
    gpus,
    rayOpen: allowOpen,
  } = flags;
  const attempted = "Reading the flags of --engine ray";
  if (engine !== "ray") {
    const ofRay = { ray: address, storage, processes, gpus, "ray-open": allowOpen === true ? true : undefined };
    const stray = Object.entries(ofRay).find(([, value]) => value !== undefined);
    if (stray !== undefined)
      throw new PreceptError("usage", { attempted, found: `--${stray[0]} without it`, remedy: "add --engine ray" });
    if (engine === "python") return new PythonTrainer({ dtype, rowsPerProcess, rolloutServer });
    const ofTrl = { dtype, "rows-per-process": rowsPerProcess, "rollout-server": rolloutServer };
    const found = Object.entries(ofTrl).find(([, value]) => value !== undefined)?.[0];
    if (found === undefined) return new LocalTrainer();
    throw new PreceptError("usage", {
      attempted: "Reading the flags of training",
      found: `--${found} without --engine python`,
      expected: "settings of training by TRL beside it",
      remedy: "give --engine python, or leave it out: our own engine computes in float32",
    });
  }
  if (address === undefined || storage === undefined) {
    throw new PreceptError("usage", {
      attempted,
      found: `no --${address === undefined ? "ray" : "storage"}`,
      expected: "the cluster's address, and a place that both sides reach",
      remedy: "--ray http://127.0.0.1:8265 --storage /mnt/shared/precept (docs/scale.md)",
    });
  }
  const resources = gpus === undefined ? undefined : { GPU: gpus };
  const tell = (text: string): void => progress.message(text);
  return new RayTrainer({ address, storage, processes, resources, dtype, rowsPerProcess, allowOpen, env, tell });
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
