import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { LossBuilder, TrainingSession } from "../../transformer/index.ts";
import type { Schedule } from "../schedules.ts";
import type { TrainingJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import type { BatchShape } from "./batching.ts";
import {
  checkpointFolder,
  finishJob,
  intermediateFolder,
  type OpenJob,
  openJob,
  removeIntermediates,
  saveJob,
} from "./job-state.ts";
import { type LearningModel, learningSession, saveLearned } from "./learning-model.ts";
import { type StepBatch, trainSteps } from "./token-training.ts";

/** What an objective over fixed data brings; everything else about such jobs is the same. */
export interface SupervisedTask {
  readonly job: TrainingJob;
  readonly open: OpenJob;
  readonly model: LearningModel;
  readonly loss: LossBuilder;
  readonly shape: BatchShape;
  readonly steps: number;
  /** Loss of whoever guesses without looking, nats: a step with ten times as much has diverged. Default: nobody looks. */
  readonly guessLoss?: number | undefined;
  /** The batch of a step, 1-based: a pure function of the step, so that a resumed job sees the same data. */
  readonly batchAt: (step: number) => StepBatch;
  readonly schedule: Schedule;
  /** Metrics "initial/…", measured before the first step. */
  readonly before?: (session: TrainingSession) => Promise<Readonly<Record<string, number>>>;
  /** Measured after the last step. */
  readonly after?: (session: TrainingSession) => Promise<Readonly<Record<string, number>>>;
  /** Steps, 0 among them, after which `after` is measured too; the weights of the lowest "held_out/loss" are kept. */
  readonly candidates?: ReadonlySet<number> | undefined;
}

/** Steps through the data, saving its state on the way; ends with the same bytes after an interruption. */
export async function* trainSupervised(task: SupervisedTask): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { job, open, model, shape, steps } = task;
  const { fingerprint, saved } = open;
  const session = await learningSession(job, model, saved, { loss: task.loss, ...shape });
  try {
    let metrics: Record<string, number> = saved?.metrics ?? { ...(await task.before?.(session)) };
    const initial = only(metrics, /^initial\//);
    let kept = only(metrics, /^(held_out|kept)\//);
    const consider = async (step: number): Promise<Readonly<Record<string, number>>> => {
      const measured = (await task.after?.(session)) ?? {};
      if (step === 0 || isBetter(measured, kept, task.guessLoss)) {
        kept = { ...measured, "kept/step": step };
        await saveLearned(checkpointFolder(job.output), job, model, await session.learnedWeights());
      }
      return measured;
    };
    if (saved === undefined) removeIntermediates(job.output);
    if (saved === undefined && task.candidates?.has(0) === true) await consider(0);
    const checkpoints = [...(saved?.checkpoints ?? [])];
    let tokens = saved?.tokens ?? 0;
    const learning = trainSteps({
      session,
      batchAt: task.batchAt,
      steps,
      from: saved?.step ?? 0,
      tokens,
      learningRate: job.learningRate,
      schedule: task.schedule,
      signal: job.signal,
    });
    try {
      for await (const progress of learning) {
        tokens = progress.tokens;
        refuseDivergence(progress, task);
        const measured = task.candidates?.has(progress.step) === true ? await consider(progress.step) : {};
        metrics = { ...initial, ...progress.metrics, ...kept };
        if (isKept(progress, job)) {
          const folder = intermediateFolder(job.output, progress.step);
          await saveLearned(folder, job, model, await session.learnedWeights());
          checkpoints.push(progress.step);
        }
        try {
          yield { ...progress, metrics: { ...progress.metrics, ...measured } };
        } finally {
          // Told first, so that whoever continues from this state after a kill has written down its step.
          if (progress.step % (job.stateEvery ?? 50) === 0 && progress.step < steps) {
            await saveJob(job.output, fingerprint, session, { step: progress.step, tokens, metrics, checkpoints });
          }
        }
      }
    } catch (error) {
      throw await keepLastGood(error, job, model, session);
    }
    if (task.candidates === undefined)
      await saveLearned(checkpointFolder(job.output), job, model, await session.learnedWeights());
    const after = task.candidates === undefined ? await task.after?.(session) : kept;
    return await finishJob(job.output, fingerprint, {
      steps,
      tokens,
      metrics: { ...metrics, ...after },
      checkpoints,
    });
  } finally {
    await session.dispose();
  }
}

/** After the last step there is `checkpoint` itself. */
const isKept = ({ step, steps }: TrainingProgress, { checkpointEvery }: TrainingJob): boolean =>
  checkpointEvery !== undefined && step % checkpointEvery === 0 && step < steps;

/**
 * Whether weights are better than those kept: a lower held-out loss, and, against no training at all, one that is below a blind
 * guess by two standard errors. The best of several epochs is below it by chance, and what follows would optimise that chance.
 */
function isBetter(
  measured: Readonly<Record<string, number>>,
  kept: Readonly<Record<string, number>>,
  guessLoss = Number.POSITIVE_INFINITY,
): boolean {
  const { "held_out/loss": loss = 0, "held_out/standard_error": error = 0 } = measured;
  return loss < (kept["held_out/loss"] ?? Number.POSITIVE_INFINITY) && loss < guessLoss - 2 * error;
}

function refuseDivergence({ step, metrics: { loss = 0 } }: TrainingProgress, { job, guessLoss }: SupervisedTask): void {
  if (guessLoss === undefined || loss <= 10 * guessLoss) return;
  throw new PreceptError("monitor-tripped", {
    attempted: `Training step ${step} at learning rate ${job.learningRate}`,
    found: `a loss of ${loss.toPrecision(4)}: training has diverged`,
    expected: `at most ten times ${guessLoss.toPrecision(4)}, the loss of a blind guess`,
  });
}

/**
 * What to throw after a step that was not finite, or has diverged: the last saved state is kept as a model in `last-good/` if a
 * good step followed it. The weights right before the failure are not good: a step's loss is theirs.
 */
export async function keepLastGood(
  error: unknown,
  job: TrainingJob,
  model: LearningModel,
  session: TrainingSession,
): Promise<unknown> {
  if (!(error instanceof PreceptError) || !["not-finite", "monitor-tripped"].includes(error.code)) return error;
  const { saved } = await openJob(job);
  // A step that was not finite is not counted, one that has diverged is.
  const before = error.code === "not-finite" ? session.steps : session.steps - 1;
  const isGood = saved !== undefined && saved.optimizerSteps < before;
  const folder = join(job.output, "last-good");
  if (isGood) await saveLearned(folder, job, model, saved.weights);
  return new PreceptError(error.code, {
    ...error.details,
    remedy: `lower the learning rate (now ${job.learningRate}), or look for extreme values in the data; ${
      isGood ? `the model of step ${saved.step} is in ${folder}` : "no state was saved that is known to be good"
    }`,
    cause: error,
  });
}

const only = (metrics: Readonly<Record<string, number>>, names: RegExp): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => names.test(name)));
