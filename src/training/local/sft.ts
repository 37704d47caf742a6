import { PreceptError } from "../../errors.ts";
import { loadCheckpoint, saveCheckpoint } from "../../transformer/checkpoint.ts";
import type { TransformerConfig } from "../../transformer/config.ts";
import { TrainingSession } from "../../transformer/training-session.ts";
import type { Weights } from "../../transformer/weights.ts";
import type { SftJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import {
  type BatchShape,
  documentLength,
  epochOrder,
  fillTokenBatch,
  packDocuments,
  packUnits,
  type TokenDocument,
} from "./batching.ts";
import { encodeExample, shapeFor } from "./encoding.ts";
import { checkpointFolder, finishJob, openJob, restoreSession, saveJob } from "./job-state.ts";
import { TokenScorer, withoutScalarHead } from "./token-scorer.ts";
import { tokenLossBuilder, trainTokens } from "./token-training.ts";

/** Supervised fine-tuning on the completions; Bai et al. 2022b §3. Examples are shuffled anew every epoch. */
export async function* trainSft(job: SftJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { fingerprint, saved, finished } = await openJob(job);
  if (finished !== undefined) return finished;
  if (job.examples.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Fine-tuning",
      found: "no examples",
      remedy: "check what the stage before wrote",
    });
  }
  const { config, weights: initial, tokenizer } = await loadCheckpoint(job.initial);
  const documents = job.examples.map((example) => encodeExample(tokenizer, example, job.promptWeight));
  const heldOut = (job.heldOut ?? []).map((example) => encodeExample(tokenizer, example));
  const lengths = [...documents, ...heldOut].map((document) => documentLength(document));
  const chosen = shapeFor(lengths, config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const units = documents.map((document) => [documentLength(document)]);
  const plan = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(units, shape, { order: epochOrder(units.length, job.seed, epoch) }),
  ).flat();

  const weights = saved?.weights ?? withoutScalarHead(initial);
  const session = await TrainingSession.create({
    config,
    weights,
    loss: tokenLossBuilder(),
    ...shape,
    optimizer: { weightDecay: job.weightDecay ?? 0 },
  });
  try {
    await restoreSession(session, saved);
    let metrics = saved?.metrics ?? prefixed("initial", await heldOutLoss(config, weights, heldOut, shape));
    const before = initialOnly(metrics);
    let tokens = saved?.tokens ?? 0;
    const steps = trainTokens({
      session,
      batchAt: (step) => fillTokenBatch(plan[step - 1] ?? [], shape, ({ unit }) => documents[unit] as TokenDocument),
      steps: plan.length,
      from: saved?.step ?? 0,
      tokens,
      learningRate: job.learningRate,
      schedule: job.schedule ?? { shape: "cosine", warmup: 0.02 },
      signal: job.signal,
    });
    for await (const progress of steps) {
      tokens = progress.tokens;
      metrics = { ...before, ...progress.metrics };
      if (progress.step % (job.stateEvery ?? 50) === 0 && progress.step < plan.length) {
        await saveJob(job.output, fingerprint, session, { step: progress.step, tokens, metrics, checkpoints: [] });
      }
      yield progress;
    }
    const trained = await session.weights();
    await saveCheckpoint(checkpointFolder(job.output), { config, weights: trained, tokenizer });
    const after = prefixed("final", await heldOutLoss(config, trained, heldOut, shape));
    return await finishJob(job.output, fingerprint, {
      steps: plan.length,
      tokens,
      metrics: { ...metrics, ...after },
      checkpoints: [],
    });
  } finally {
    await session.dispose();
  }
}

/** Mean loss a token over the held-out completions, nats; empty when there are none. */
async function heldOutLoss(
  config: TransformerConfig,
  weights: Weights,
  documents: readonly TokenDocument[],
  shape: BatchShape,
): Promise<Record<string, number>> {
  if (documents.length === 0) return {};
  const scorer = await TokenScorer.create({ config, weights, shape, readings: ["logprobs"] });
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

const prefixed = (label: string, metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${label}/${name}`, value]));

const initialOnly = (metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([name]) => name.startsWith("initial/")));
