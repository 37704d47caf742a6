import { existsSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { Progress } from "../progress/index.ts";
import { defineStage, Run, readSummary } from "../runs/index.ts";
import { checkpointPlace, contentHash, hashModel } from "../storage/index.ts";
import type { Objective, Reward, Trainer, TrainingJob, TrainingResult } from "../training/index.ts";
import { startMeter } from "./meter.ts";
import { stageCostSchema, trainedSchema } from "./summaries.ts";
import { train, trainedSummary } from "./train.ts";

/** One training job, whose checkpoint, state and metrics stand in the stage's folder. */
export const trainStage = defineStage({ name: "train", after: [], records: {} });

type Unplaced<J> = J extends unknown ? Omit<J, "output" | "signal"> : never;

export interface TrainingRunOptions {
  /** Folder of the run; the same call again continues there. */
  readonly folder: string;
  /** What is trained, on what; its folder is the run's. */
  readonly job: Unplaced<TrainingJob>;
  readonly trainer: Trainer;
  /** The command as typed, for the manifest. */
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainingRunResult
  extends Pick<TrainingResult, "checkpoint" | "hash" | "steps" | "tokens" | "metrics"> {
  readonly objective: Objective;
  /** Of work, over all the processes that worked on the job. */
  readonly seconds: number;
  readonly stopped?: TrainingResult["stopped"];
}

const trainingSummarySchema = stageCostSchema.extend({
  training: trainedSchema,
  /** Why a monitor ended the job early, and when. */
  stopped: z.object({ reason: z.string(), step: z.int() }).optional(),
});

/**
 * Trains one job as a run of its own: after any interruption the same call continues, to the same bytes, and a job that is done
 * is not done again. @throws PreceptError usage for a job that reads from its own folder; run-locked, run-invalid, interrupted;
 * what the trainer or the disk throw.
 */
export async function trainRun(options: TrainingRunOptions): Promise<TrainingRunResult> {
  const { folder, job: unplaced, trainer, command, progress, signal } = options;
  refuseOwnFolder(unplaced, folder);
  const jobIn = (output: string): TrainingJob => ({ ...unplaced, output, signal });
  const fingerprint = await trainer.fingerprint(jobIn(folder));
  const manifest = manifestOf(unplaced, fingerprint, await hashInitial(unplaced.initial));
  const run = await Run.open(folder, { kind: "training", command, manifest });
  try {
    await run.stage(trainStage, fingerprint, async (writer) => {
      const meter = startMeter({ parameters: null }, run.manifest.stages[trainStage.name]?.seconds ?? 0);
      const job = jobIn(writer.folder);
      const { objective } = job;
      const result = await train({ trainer, progress }, job, writer, meter, {
        ...{ stage: trainStage.name, label: objective, unit: hasRounds(objective) ? "rounds" : "steps" },
      });
      const { stopped } = result;
      writer.summary(trainingSummarySchema.parse({ ...meter.cost(), training: trainedSummary(result), stopped }));
    });
    const path = join(run.stageFolder(trainStage.name), "summary.json");
    const { training, seconds, stopped } = await readSummary(path, trainingSummarySchema);
    const checkpoint = join(folder, trainStage.name, "checkpoint");
    return { objective: unplaced.objective, checkpoint, ...training, seconds, stopped };
  } finally {
    progress.finish();
    await run.close();
  }
}

/** Another job in the same folder removes what an earlier one left there: it cannot be what the job starts from. */
function refuseOwnFolder(job: Unplaced<TrainingJob>, folder: string): void {
  const rewards = "reward" in job ? rewardFolders(job.reward) : [];
  const sources = [job.initial, "reference" in job ? job.reference : undefined, ...rewards];
  const own = sources.find(
    (path) => path !== undefined && `${resolve(path)}${sep}`.startsWith(`${resolve(folder)}${sep}`),
  );
  if (own === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Training in ${folder}`,
    found: `a job that reads ${relative(folder, own) || "the model"} from the folder that it writes to`,
    expected: "a folder of its own for each job",
    remedy: "use another --out",
  });
}

function rewardFolders(reward: Reward): string[] {
  if ("checkpoint" in reward) return [reward.checkpoint];
  if ("process" in reward) return [reward.process];
  return "mixture" in reward ? reward.mixture.flatMap((part) => rewardFolders(part.reward)) : [];
}

/** Whether an objective counts rounds of sampling and learning, not optimizer steps. */
export function hasRounds(objective: Objective): boolean {
  return objective === "ppo" || objective === "grpo" || objective === "rloo";
}

/** What a checkpoint in a folder is known by elsewhere; none where the model is an id of a hub. */
async function hashInitial(initial: string): Promise<{ readonly initial?: string }> {
  const place = checkpointPlace(initial);
  return existsSync(place) ? { initial: await hashModel(place) } : {};
}

/** The job's settings, and its data by size and hash. */
function manifestOf(job: Unplaced<TrainingJob>, fingerprint: string, initial: { readonly initial?: string }) {
  const { seed, ...settings } = job;
  const data = Object.entries(settings).filter(([, value]) => Array.isArray(value));
  const config = z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify({ ...settings, ...sizesOf(data) })));
  const inputs = Object.fromEntries(data.map(([name, value]) => [name, contentHash(value)]));
  return {
    seed,
    of: `${job.objective} of ${job.initial}`,
    config,
    inputs: { ...inputs, ...initial, job: fingerprint },
  };
}

function sizesOf(data: readonly (readonly [string, unknown])[]): Record<string, number> {
  return Object.fromEntries(data.map(([name, value]) => [name, Array.isArray(value) ? value.length : 0]));
}
