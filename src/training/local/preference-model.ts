import { PreceptError } from "../../errors.ts";
import { gatherRows } from "../../tensor/operators/gather.ts";
import { reshape } from "../../tensor/operators/shape.ts";
import { loadCheckpoint, saveCheckpoint } from "../../transformer/checkpoint.ts";
import type { TransformerConfig } from "../../transformer/config.ts";
import { type LossBuilder, TrainingSession } from "../../transformer/training-session.ts";
import { type Weights, withScalarHead } from "../../transformer/weights.ts";
import { preferenceAccuracy, preferenceLoss } from "../losses/preference.ts";
import { learningRateAt } from "../schedules.ts";
import type { PreferenceExample, PreferenceModelJob, TrainingProgress, TrainingResult } from "../trainer.ts";
import { type BatchShape, epochOrder, fillTokenBatch, type Placement, packUnits, tokenCount } from "./batching.ts";
import { encodeResponse, shapeFor } from "./encoding.ts";
import { checkpointFolder, finishJob, openJob, restoreSession, saveJob } from "./job-state.ts";
import { scoreSequences } from "./preference-scorer.ts";
import { TokenScorer } from "./token-scorer.ts";
import { throwIfInterrupted } from "./token-training.ts";

/** Both responses of a labelled pair as token sequences. */
interface EncodedPair {
  readonly sequences: readonly [readonly number[], readonly number[]];
  readonly label: number;
  readonly weight: number;
}

/**
 * Trains a scalar head and its transformer on soft labels; the score is read on the end token (Bai et al. 2022a, App. A.2).
 * Both responses of a pair stand in one batch.
 */
export async function* trainPreferenceModel(job: PreferenceModelJob): AsyncGenerator<TrainingProgress, TrainingResult> {
  const { fingerprint, saved, finished } = await openJob(job);
  if (finished !== undefined) return finished;
  if (job.comparisons.length === 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Training a preference model",
      found: "no comparisons",
      remedy: "check what the stage before wrote",
    });
  }
  const { config, weights: initial, tokenizer } = await loadCheckpoint(job.initial);
  const encode = ({ id, prompt, responses, label, source }: PreferenceExample): EncodedPair => {
    checkLabel(id, label);
    const tokens = (response: string): readonly number[] => encodeResponse(tokenizer, prompt, response).tokens;
    return { sequences: [tokens(responses[0]), tokens(responses[1])], label, weight: job.lossWeights?.[source] ?? 1 };
  };
  const pairs = job.comparisons.map(encode);
  const heldOut = (job.heldOut ?? []).map(encode);
  const lengths = (list: readonly EncodedPair[]): number[][] =>
    list.map(({ sequences }) => sequences.map((tokens) => tokens.length));
  const chosen = shapeFor([...lengths(pairs), ...lengths(heldOut)].flat(), config.contextLength);
  const shape = { batch: job.batch ?? chosen.batch, length: job.length ?? chosen.length };
  const plan = Array.from({ length: job.epochs }, (_, epoch) =>
    packUnits(lengths(pairs), shape, { order: epochOrder(pairs.length, job.seed, epoch) }),
  ).flat();
  const pairsPerBatch = Math.max(...plan.map((placements) => placements.length / 2));

  const weights = saved?.weights ?? withScalarHead(config, initial);
  const session = await TrainingSession.create({
    config,
    weights,
    loss: pairLossBuilder(pairsPerBatch),
    ...shape,
    optimizer: { weightDecay: job.weightDecay ?? 0 },
  });
  try {
    await restoreSession(session, saved);
    let tokens = saved?.tokens ?? 0;
    let metrics: Record<string, number> = saved?.metrics ?? {};
    for (let step = (saved?.step ?? 0) + 1; step <= plan.length; step++) {
      throwIfInterrupted(job.signal, step - 1, plan.length);
      const batch = fillPairBatch(plan[step - 1] ?? [], shape, pairs, pairsPerBatch);
      const rate = learningRateAt(
        job.schedule ?? { shape: "cosine", warmup: 0.05 },
        job.learningRate,
        step,
        plan.length,
      );
      const { gradientNorm = 0, ...measured } = await session.step(batch, rate);
      tokens += tokenCount(batch);
      metrics = { ...measured, gradient_norm: gradientNorm, learning_rate: rate };
      if (step % (job.stateEvery ?? 50) === 0 && step < plan.length) {
        await saveJob(job.output, fingerprint, session, { step, tokens, metrics, checkpoints: [] });
      }
      yield { step, steps: plan.length, tokens, metrics };
    }
    const trained = await session.weights();
    await saveCheckpoint(checkpointFolder(job.output), { config, weights: trained, tokenizer });
    const judged = await judgeHeldOut(config, trained, heldOut, shape);
    return await finishJob(job.output, fingerprint, {
      steps: plan.length,
      tokens,
      metrics: { ...metrics, ...judged },
      checkpoints: [],
    });
  } finally {
    await session.dispose();
  }
}

/** Inputs "tokens", "segments" (B, T); "firsts", "seconds" (P,) flat positions of the end tokens; "labels", "weights" (P,). */
function pairLossBuilder(pairs: number): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const hidden = model.hidden(input("tokens", "int32", shape), input("segments", "int32", shape));
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

interface PairBatch {
  readonly [name: string]: Int32Array | Float32Array;
  readonly tokens: Int32Array;
  readonly segments: Int32Array;
}

function fillPairBatch(
  placements: readonly Placement[],
  shape: BatchShape,
  pairs: readonly EncodedPair[],
  count: number,
): PairBatch {
  const sequence = ({ unit, member }: Placement): readonly number[] => pairs[unit]?.sequences[member] ?? [];
  const { tokens, segments } = fillTokenBatch(
    placements,
    shape,
    (placement) => ({ tokens: sequence(placement), weights: [] }),
    true,
  );
  const batch = {
    tokens,
    segments,
    firsts: new Int32Array(count),
    seconds: new Int32Array(count),
    labels: new Float32Array(count),
    weights: new Float32Array(count),
  };
  const slots = new Map<number, number>();
  for (const placement of placements) {
    const slot = slots.get(placement.unit) ?? slots.size;
    slots.set(placement.unit, slot);
    (placement.member === 0 ? batch.firsts : batch.seconds)[slot] = placement.offset + sequence(placement).length - 1;
    batch.labels[slot] = pairs[placement.unit]?.label ?? 0;
    batch.weights[slot] = pairs[placement.unit]?.weight ?? 0;
  }
  return batch;
}

/** Held-out loss (nats a pair), accuracy over the pairs that a label decides, and mean |r_first - r_second|. */
async function judgeHeldOut(
  config: TransformerConfig,
  weights: Weights,
  pairs: readonly EncodedPair[],
  shape: BatchShape,
): Promise<Record<string, number>> {
  if (pairs.length === 0) return {};
  const scorer = await TokenScorer.create({ config, weights, shape, readings: ["scalars"] });
  try {
    const scores = await scoreSequences(
      scorer,
      pairs.flatMap(({ sequences }) => sequences),
    );
    const differences = pairs.map((_, i) => (scores[2 * i] ?? 0) - (scores[2 * i + 1] ?? 0));
    const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    let loss = 0;
    let agreed = 0;
    let decided = 0;
    for (const [i, { label }] of pairs.entries()) {
      const d = differences[i] ?? 0;
      loss += label * softplus(-d) + (1 - label) * softplus(d);
      if (label === 0.5) continue;
      decided += 1;
      if (d > 0 === label > 0.5 && d !== 0) agreed += 1;
    }
    return {
      "held_out/loss": loss / pairs.length,
      "held_out/pairs": pairs.length,
      "held_out/decided": decided,
      ...(decided > 0 ? { "held_out/accuracy": agreed / decided } : {}),
      "held_out/margin": differences.reduce((sum, d) => sum + Math.abs(d), 0) / pairs.length,
    };
  } finally {
    await scorer.dispose();
  }
}

function checkLabel(id: string, label: number): void {
  if (label >= 0 && label <= 1) return;
  throw new PreceptError("input-invalid", {
    attempted: "Training a preference model",
    found: `the label ${label} of comparison ${id}`,
    expected: "P(first is better) in [0, 1]",
  });
}
