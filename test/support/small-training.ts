import { afterAll } from "vitest";
import { rng } from "../../src/rng.ts";
import { div, mul, neg, reduceMax, reduceSum } from "../../src/tensor/index.ts";
import {
  type Batch,
  type LossBuilder,
  type TrainingOptions,
  TrainingSession,
  type TransformerConfig,
  type Weights,
} from "../../src/transformer/index.ts";

/** Rows and tokens of a batch. */
export const [B, T] = [3, 12];

/** Weighted cross-entropy, sum(w · −log P(target)) / sum(w). */
export const crossEntropy: LossBuilder = (_graph, model, input) => {
  const hidden = model.hiddenStates(input("tokens", "int32", [B, T]), input("segments", "int32", [B, T]));
  const logprobs = model.tokenLogprobs(model.logits(hidden), input("targets", "int32", [B, T]));
  const weights = input("weights", "float32", [B, T]);
  return {
    loss: div(neg(reduceSum(mul(logprobs, weights))), reduceSum(weights)),
    metrics: { "loss/best": reduceMax(logprobs) },
  };
};

/** The next token is 5 times the last plus 3, modulo 16. */
export function batchOf(step: number): Batch {
  const random = rng(9, step);
  const tokens = Int32Array.from({ length: B * T }, () => random.integer(16));
  const ones = { segments: new Int32Array(B * T).fill(1), weights: new Float32Array(B * T).fill(1) };
  return { tokens, targets: tokens.map((token) => (token * 5 + 3) % 16), ...ones };
}

/** Opens sessions of a model on one thread; all are disposed of after the tests of the file. */
export function sessionsOf(
  config: TransformerConfig,
  weights: Weights,
): (options?: Partial<TrainingOptions>) => Promise<TrainingSession> {
  const open: TrainingSession[] = [];
  afterAll(async () => {
    for (const session of open) await session.dispose();
  });
  return async (options = {}) => {
    const own = { config, weights, loss: crossEntropy, batch: B, length: T, threads: 1 };
    const session = await TrainingSession.create({ ...own, ...options });
    open.push(session);
    return session;
  };
}
