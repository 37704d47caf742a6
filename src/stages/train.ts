import type { StageWriter } from "../runs/index.ts";
import type { TrainingJob, TrainingListener, TrainingResult } from "../training/index.ts";
import type { DataStageContext, StageContext } from "./context.ts";
import { type Meter, operations } from "./meter.ts";
import type { MethodOptions, TrainingOptions } from "./options.ts";
import type { TrainedSummary } from "./summaries.ts";

export interface Training {
  readonly stage: string;
  /** What the progress line counts. Default "steps". */
  readonly unit?: string;
  /** What is trained, for the progress line and as `series` in metrics.jsonl. */
  readonly label: string;
  readonly onRollouts?: TrainingListener["onRollouts"];
}

/** Runs a training job to its end: metrics to metrics.jsonl, steps to the progress line. */
export async function train(
  context: Pick<StageContext, "trainer" | "progress">,
  job: TrainingJob,
  writer: Pick<StageWriter, "metrics">,
  meter: Meter,
  { stage, unit = "steps", label, onRollouts }: Training,
): Promise<TrainingResult> {
  const steps = context.trainer.train(job, { onRollouts });
  let last: { readonly step: number; readonly tokens: number; readonly forwardTokens: number } | undefined;
  for (;;) {
    const next = await steps.next();
    if (next.done === true) {
      // What followed the last step: the round that shows the trained policy.
      if (last === undefined) return next.value;
      meter.countSampled(next.value.tokens - last.tokens);
      return { ...next.value, forwardTokens: last.forwardTokens + next.value.tokens - last.tokens };
    }
    const { step, steps: total, tokens, forwardTokens = 0, metrics } = next.value;
    // After an interruption the first step is not number 1; what was done before counts as done.
    if (last === undefined) context.progress.start(stage, label, total, unit);
    last ??= step === 1 ? { step: 0, tokens: 0, forwardTokens: 0 } : { step: 0, tokens, forwardTokens };
    const [fresh, forward] = [tokens - last.tokens, forwardTokens - last.forwardTokens];
    context.progress.advance(step - last.step, { tokens: fresh });
    meter.countSampled(forward);
    meter.countTrained(fresh - forward);
    writer.metrics({ series: label, step, tokens, ...metrics });
    last = { step, tokens, forwardTokens };
  }
}

/** The settings that a job has in common with its stage's options, and the method's adapter; absent ones stay absent. */
export function jobSettings(
  { schedule, batch, length, stateEvery }: Partial<TrainingOptions>,
  { adapter }: Pick<MethodOptions, "adapter">,
) {
  return {
    lora: adapter,
    schedule,
    batch,
    length,
    stateEvery,
  };
}

export function signalOf(context: Pick<DataStageContext, "signal">): { readonly signal?: AbortSignal | undefined } {
  return { signal: context.signal };
}

/** What a summary keeps of a training; its operations count the whole job, whichever processes did it. */
export function trainedSummary({
  hash,
  steps,
  tokens,
  parameters,
  forwardTokens,
  metrics,
}: TrainingResult): TrainedSummary {
  const { sampled, trained } = operations;
  const isCounted = parameters !== undefined && forwardTokens !== undefined;
  const flops = isCounted ? parameters * (trained * (tokens - forwardTokens) + sampled * forwardTokens) : undefined;
  return { hash, steps, tokens, flops, metrics: { ...metrics } };
}
