import { throwIfInterrupted } from "../../errors.ts";
import { cast, equal, mul, type Value } from "../../tensor/index.ts";
import type { Batch, LossBuilder, TrainingSession } from "../../transformer/index.ts";
import { weightedMean } from "../losses/masked.ts";
import { tokenLoss } from "../losses/token.ts";
import { learningRateAt, type Schedule } from "../schedules.ts";
import type { TrainingProgress } from "../trainer.ts";
import { tokenCount } from "./batching.ts";

/**
 * Next-token loss over inputs "tokens", "segments", "targets", "weights" (B, T). With `kinds`, an input "kinds" (B, T)
 * int32 names the kind of every target, and the metric "loss/KIND" is the mean loss of that kind's targets, unweighted:
 * an embedding that collapses shows in one kind long before it shows in the total.
 */
export function tokenLossBuilder(options: { readonly kinds?: readonly string[] | undefined } = {}): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const logprobs = model.tokenLogprobs(model.logits(hidden), input("targets", "int32", shape));
    const loss = tokenLoss(logprobs, input("weights", "float32", shape));
    if (options.kinds === undefined) return { loss, metrics: {} };
    const kinds = input("kinds", "int32", shape);
    const metrics: Record<string, Value> = {};
    for (const [index, kind] of options.kinds.entries()) {
      metrics[`loss/${kind}`] = weightedMean(mul(logprobs, -1), cast(equal(kinds, index), "float32"));
    }
    return { loss, metrics };
  };
}

/** Inputs of one optimizer step; segments other than 0 count as tokens. */
export type StepBatch = Batch & { readonly segments: Int32Array };

export interface StepsOptions {
  readonly session: TrainingSession;
  /** The batch of a step, 1-based: a pure function of the step, so that a resumed run sees the same data. */
  readonly batchAt: (step: number) => StepBatch | Promise<StepBatch>;
  readonly steps: number;
  /** Steps already done. Default 0. */
  readonly from?: number;
  /** Tokens already trained on. Default 0. */
  readonly tokens?: number | undefined;
  readonly learningRate: number;
  readonly schedule: Schedule;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The loop that all objectives over fixed data share: yields after every optimizer step.
 * @throws PreceptError "interrupted" when the signal fires, before the next step.
 */
export async function* trainSteps(options: StepsOptions): AsyncGenerator<TrainingProgress, void> {
  const { session, batchAt, steps, from = 0, learningRate, schedule, signal } = options;
  let tokens = options.tokens ?? 0;
  for (let step = from + 1; step <= steps; step++) {
    throwIfStopped(signal, step - 1, steps);
    const batch = await batchAt(step);
    const rate = learningRateAt(schedule, learningRate, step, steps);
    const { gradientNorm = 0, ...metrics } = await session.step(batch, rate);
    tokens += tokenCount(batch);
    yield { step, steps, tokens, metrics: { ...metrics, gradient_norm: gradientNorm, learning_rate: rate } };
  }
}

/** @throws Interruption when the signal has fired. */
export function throwIfStopped(signal: AbortSignal | undefined, done: number, steps: number): void {
  const remedy = "give the same command again: training continues from its last saved state";
  throwIfInterrupted(signal, "Training", `stopped after ${done} of ${steps} steps`, remedy);
}
