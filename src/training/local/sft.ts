import type { TrainingSession } from "../../transformer/index.ts";
import { sftSchedule } from "../defaults.ts";
import type { SftExample, SftJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import {
  type BatchShape,
  documentLength,
  epochOrder,
  fillTokenBatch,
  packDocuments,
  packUnits,
  type TokenDocument,
} from "./batching.ts";
import { encodeExample, keepFitting, shapeFor } from "./encoding.ts";
import { openJob } from "./job-state.ts";
import { type LearningModel, learningModel, refuseEmpty, scorerOver } from "./learning-model.ts";
import { trainSupervised } from "./supervised.ts";
import { tokenLossBuilder } from "./token-training.ts";

/** Supervised fine-tuning on the completions; Bai et al. 2022b §3. Examples are shuffled anew every epoch. */
export async function* trainSft(job: SftJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const open = await openJob(job);
  if (open.finished !== undefined) return open.finished;
  refuseEmpty("Fine-tuning", job.examples, "examples");
  const model = await learningModel(job, open.saved);
  const encode = (examples: readonly SftExample[], promptWeight?: number): TokenDocument[] => {
    const encoded = examples.map((example) => {
      const document = encodeExample(model.tokenizer, example, promptWeight);
      return { id: example.id, length: documentLength(document), document };
    });
    return keepFitting(encoded, model.config.contextLength, job).map(({ document }) => document);
  };
  const documents = encode(job.examples, job.promptWeight);
  const heldOut = encode(job.heldOut ?? []);
  const lengths = [...documents, ...heldOut].map((document) => documentLength(document));
  const chosen = shapeFor(lengths, model.config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const units = documents.map((document) => [documentLength(document)]);
  const plan = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(units.length, job.seed, epoch) }),
  ).flat();
  const heldOutLoss = async (session: TrainingSession, label: string): Promise<Record<string, number>> =>
    addPrefix(label, await lossOver(session, model, heldOut, shape));
  return yield* trainSupervised({
    job,
    open,
    model,
    loss: tokenLossBuilder(),
    shape,
    steps: plan.length,
    guessLoss: Math.log(model.config.vocabularySize),
    batchAt: (step) => fillTokenBatch(plan[step - 1] ?? [], shape, ({ unit }) => documents[unit] as TokenDocument),
    schedule: job.schedule ?? sftSchedule,
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
