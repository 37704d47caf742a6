import type { TrainingSession } from "../../transformer/index.ts";
import { sftSchedule } from "../defaults.ts";
import type { Schedule } from "../schedules.ts";
import type { SftExample, SftJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import {
  type BatchShape,
  documentLength,
  epochOrder,
  fillTokenBatch,
  type Placement,
  packDocuments,
  packUnits,
  type TokenDocument,
} from "./batching.ts";
import { encodeExample, keepFitting, shapeFor } from "./encoding.ts";
import { openJob } from "./job-state.ts";
import { type LearningModel, learningModel, refuseEmpty, scorerOver } from "./learning-model.ts";
import { trainSupervised } from "./supervised.ts";
import { tokenLossBuilder } from "./token-training.ts";

/** What a job of fine-tuning does at each step, decided before the first one. */
export interface SftPlan {
  readonly documents: readonly TokenDocument[];
  /** The examples that fit, in the order of `documents`. */
  readonly ids: readonly string[];
  readonly heldOut: readonly TokenDocument[];
  readonly shape: BatchShape;
  /** Of each step, what stands where. */
  readonly steps: readonly Placement[][];
  readonly schedule: Schedule;
  /** Loss of a blind guess, nats. */
  readonly guessLoss: number;
}

/** Examples are shuffled anew every epoch. @throws PreceptError input-invalid or context-overflow. */
export function planSft(job: SftJob, { tokenizer, config }: Pick<LearningModel, "tokenizer" | "config">): SftPlan {
  refuseEmpty("Fine-tuning", job.examples, "examples");
  const encode = (examples: readonly SftExample[], promptWeight?: number) => {
    const encoded = examples.map((example) => {
      const document = encodeExample(tokenizer, example, promptWeight);
      return { id: example.id, length: documentLength(document), document };
    });
    return keepFitting(encoded, config.contextLength, job);
  };
  const kept = encode(job.examples, job.promptWeight);
  const documents = kept.map(({ document }) => document);
  const heldOut = encode(job.heldOut ?? []).map(({ document }) => document);
  const lengths = [...documents, ...heldOut].map((document) => documentLength(document));
  const chosen = shapeFor(lengths, config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const units = documents.map((document) => [documentLength(document)]);
  const steps = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(units.length, job.seed, epoch) }),
  ).flat();
  const schedule = job.schedule ?? sftSchedule;
  const guessLoss = Math.log(config.vocabularySize);
  return { documents, ids: kept.map(({ id }) => id), heldOut, shape, steps, schedule, guessLoss };
}

/** Supervised fine-tuning on the completions; Bai et al. 2022b §3. */
export async function* trainSft(job: SftJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const open = await openJob(job);
  if (open.finished !== undefined) return open.finished;
  refuseEmpty("Fine-tuning", job.examples, "examples");
  const model = await learningModel(job, open.saved);
  const { documents, heldOut, shape, steps: plan, schedule, guessLoss } = planSft(job, model);
  const heldOutLoss = async (session: TrainingSession, label: string): Promise<Record<string, number>> =>
    addPrefix(label, await lossOver(session, model, heldOut, shape));
  return yield* trainSupervised({
    job,
    open,
    model,
    loss: tokenLossBuilder(),
    shape,
    steps: plan.length,
    guessLoss,
    batchAt: (step) => fillTokenBatch(plan[step - 1] ?? [], shape, ({ unit }) => documents[unit] as TokenDocument),
    schedule,
    before: (session) => heldOutLoss(session, "initial"),
    after: (session) => heldOutLoss(session, "final"),
  });
}

/** Mean loss a token over the held-out completions, nats; empty when there are none. */
async function lossOver(
  session: TrainingSession,
  model: LearningModel,
  documents: readonly TokenDocument[],
  shape: BatchShape,
): Promise<Record<string, number>> {
  if (documents.length === 0) return {};
  const scorer = await scorerOver(session, model, { shape, readings: ["logprobs"] });
  try {
    let sum = 0;
    let weight = 0;
    for (const batch of packDocuments(documents, shape)) {
      const { logprobs = new Float32Array() } = await scorer.read(batch);
      for (const [at, share] of batch.weights.entries()) {
        sum -= share * (logprobs[at] ?? 0);
        weight += share;
      }
    }
    return { held_out_loss: sum / weight };
  } finally {
    await scorer.dispose();
  }
}

const addPrefix = (label: string, metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${label}/${name}`, value]));
