import type { StageWriter } from "../runs/index.ts";
import type { TrainingJob, TrainingListener, TrainingResult } from "../training/index.ts";
import type { DataStageContext, StageContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import type { TrainingOptions } from "./options.ts";
import type { TrainedSummary } from "./summaries.ts";

export interface Training {
  readonly stage: string;
  /** What the progress line counts. Default "steps". */
  readonly unit?: string;
  /** What is trained, for the progress line and as `series` in metrics.jsonl. */
  readonly label: string;
  /** Counts the tokens of a step at the cost of its objective. */
  readonly count: (meter: Meter, tokens: number) => void;
  readonly onRollouts?: TrainingListener["onRollouts"];
}

/** Runs a training job to its end: metrics to metrics.jsonl, steps to the progress line. */
export async function train(
  context: Pick<StageContext, "trainer" | "progress">,
  job: TrainingJob,
  writer: Pick<StageWriter, "metrics">,
  meter: Meter,
  { stage, unit = "steps", label, count, onRollouts }: Training,
): Promise<TrainingResult> {
  const steps = context.trainer.train(job, { onRollouts });
  let last: { readonly step: number; readonly tokens: number } | undefined;
  for (;;) {
    const next = await steps.next();
    if (next.done === true) return next.value;
    const { step, steps: total, tokens, metrics } = next.value;
    // After an interruption the first step is not number 1; what was done before counts as done.
    if (last === undefined) context.progress.start(stage, label, total, unit);
    const fresh = last !== undefined ? tokens - last.tokens : step === 1 ? tokens : 0;
    context.progress.advance(step - (last?.step ?? 0), { tokens: fresh });
    count(meter, fresh);
    writer.metrics({ series: label, step, tokens, ...metrics });
    last = { step, tokens };
  }
}

/** Counts the tokens that a job says it processed: of a round's passes one is sampling, the others are training. */
export function countTokens(meter: Meter, tokens: number, job: TrainingJob): void {
  const passes =
    "rolloutsPerStep" in job ? (job.epochs ?? (job.objective === "ppo" ? 2 : 1)) : Number.POSITIVE_INFINITY;
  meter.sampled(tokens / (1 + passes));
  meter.trained(tokens - tokens / (1 + passes));
}

/** The settings that a job has in common with its stage's options; absent ones stay absent. */
export function jobSettings({ schedule, batch, length, stateEvery }: Partial<TrainingOptions>) {
  return {
    schedule,
    batch,
    length,
    stateEvery,
  };
}

export function signalOf(context: Pick<DataStageContext, "signal">): { readonly signal?: AbortSignal | undefined } {
  return { signal: context.signal };
}

export function trainedSummary({ hash, steps, tokens, metrics }: TrainingResult): TrainedSummary {
  return { hash, steps, tokens, metrics: { ...metrics } };
}
