import { gatherRows, reshape } from "../../tensor/index.ts";
import type { LossBuilder, TrainingSession } from "../../transformer/index.ts";
import { preferenceAccuracy, preferenceLoss } from "../losses/preference.ts";
import type { Schedule } from "../schedules.ts";
import type { PreferenceExample, PreferenceModelJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { type BatchShape, epochOrder, type Placement, packUnits } from "./batching.ts";
import { shapeFor } from "./encoding.ts";
import { openJob } from "./job-state.ts";
import { type LearningModel, learningModel, refuseEmpty, scorerOver } from "./learning-model.ts";
import { type EncodedPair, encodePairs, judgePairs, pairLengths, placePairs } from "./pairs.ts";
import { scoreSequences } from "./preference-scorer.ts";
import { trainSupervised } from "./supervised.ts";
import type { StepBatch } from "./token-training.ts";

/** What a job of a preference model does at each step, decided before the first one. */
export interface PairPlan {
  readonly pairs: readonly EncodedPair[];
  readonly heldOut: readonly EncodedPair[];
  readonly shape: BatchShape;
  readonly steps: readonly Placement[][];
  readonly pairsPerBatch: number;
  readonly schedule: Schedule;
  /** Loss of a blind guess, nats; undefined where the loss is no mean over pairs alone. */
  readonly guessLoss: number | undefined;
}

/** … and after which steps the model is measured, where the best one is kept. */
export interface PreferenceModelPlan extends PairPlan {
  readonly candidates: ReadonlySet<number> | undefined;
}

/** @throws PreceptError input-invalid or context-overflow. */
export function planPreferenceModel(
  job: PreferenceModelJob,
  model: Pick<LearningModel, "tokenizer" | "config">,
): PreferenceModelPlan {
  refuseEmpty("Training a preference model", job.comparisons, "comparisons");
  const encode = (examples: readonly PreferenceExample[]): EncodedPair[] =>
    encodePairs(examples, model.tokenizer, model.config.contextLength, job);
  const pairs = encode(job.comparisons);
  const heldOut = encode(job.heldOut ?? []);
  const units = pairLengths(pairs, true);
  const chosen = shapeFor([...units, ...pairLengths(heldOut, true)].flat(), model.config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const epochs = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(pairs.length, job.seed, epoch) }),
  );
  const steps = epochs.flat();
  const ends = epochs.map((_, epoch) => epochs.slice(0, epoch + 1).flat().length);
  return {
    pairs,
    heldOut,
    shape,
    steps,
    pairsPerBatch: Math.max(...steps.map((placements) => placements.length / 2)),
    schedule: job.schedule ?? { shape: "cosine", warmup: 0.05 },
    guessLoss: Math.LN2,
    candidates: job.keep === "best" && heldOut.length > 0 ? new Set([0, ...ends]) : undefined,
  };
}

/**
 * Trains a scalar head and its transformer on soft labels; the score is read on the end token (Bai et al. 2022a, App. A.2).
 * Both responses of a pair stand in one batch.
 */
export async function* trainPreferenceModel(job: PreferenceModelJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const open = await openJob(job);
  if (open.finished !== undefined) return open.finished;
  refuseEmpty("Training a preference model", job.comparisons, "comparisons");
  const model = await learningModel(job, open.saved, { head: "kept" });
  const { pairs, heldOut, shape, steps: plan, ...planned } = planPreferenceModel(job, model);
  const { pairsPerBatch, schedule, guessLoss, candidates } = planned;
  return yield* trainSupervised({
    job,
    open,
    model,
    loss: pairLossBuilder(pairsPerBatch),
    shape,
    steps: plan.length,
    guessLoss,
    batchAt: (step) => fillPairBatch(plan[step - 1] ?? [], shape, pairs, pairsPerBatch),
    schedule,
    candidates,
    after: async (session) => judgePairs(heldOut, await differences(session, model, heldOut, shape)),
  });
}

/** Inputs "tokens", "segments" (B, T); "firsts", "seconds" (P,) flat positions of the end tokens; "labels", "weights" (P,). */
function pairLossBuilder(pairs: number): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const hidden = model.hiddenStates(input("tokens", "int32", shape), input("segments", "int32", shape));
    const rows = reshape(hidden, [model.batch * model.length, model.config.hiddenSize]);
    const first = model.scalar(gatherRows(rows, input("firsts", "int32", [pairs])));
    const second = model.scalar(gatherRows(rows, input("seconds", "int32", [pairs])));
    const labels = input("labels", "float32", [pairs]);
    const weights = input("weights", "float32", [pairs]);
    return {
      loss: preferenceLoss(first, second, labels, weights),
      metrics: { accuracy: preferenceAccuracy(first, second, labels, weights) },
    };
  };
}

function fillPairBatch(
  placements: readonly Placement[],
  shape: BatchShape,
  pairs: readonly EncodedPair[],
  count: number,
): StepBatch {
  const { rows, slots, labels, weights } = placePairs(placements, shape, pairs, count, true);
  const firsts = new Int32Array(count);
  const seconds = new Int32Array(count);
  for (const { unit, member, offset } of placements) {
    const last = (pairs[unit]?.sequences[member]?.length ?? 1) - 1;
    (member === 0 ? firsts : seconds)[slots.get(unit) ?? 0] = offset + last;
  }
  return { tokens: rows.tokens, segments: rows.segments, firsts, seconds, labels, weights };
}

/** score(first) − score(second) of every pair. */
async function differences(
  session: TrainingSession,
  model: LearningModel,
  pairs: readonly EncodedPair[],
  shape: BatchShape,
): Promise<number[]> {
  if (pairs.length === 0) return [];
  const scorer = await scorerOver(session, model, { shape, readings: ["scalars"] });
  try {
    const scores = await scoreSequences(
      scorer,
      pairs.flatMap(({ sequences }) => sequences),
    );
    return pairs.map((_, i) => (scores[2 * i] ?? 0) - (scores[2 * i + 1] ?? 0));
  } finally {
    await scorer.dispose();
  }
}
