import { PreceptError } from "../../errors.ts";
import type { Value } from "../../tensor/graph.ts";
import { add, mul } from "../../tensor/operators/elementwise.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { type Checkpoint, loadCheckpoint } from "../../transformer/checkpoint.ts";
import type { TransformerConfig } from "../../transformer/config.ts";
import { type LossBuilder, TrainingSession } from "../../transformer/training-session.ts";
import { Transformer } from "../../transformer/transformer.ts";
import { type Weights, withScalarHead } from "../../transformer/weights.ts";
import { moments } from "../gae.ts";
import { klPenalty } from "../losses/kl.ts";
import { ppoLoss, valueLoss } from "../losses/ppo.ts";
import { learningRateAt } from "../schedules.ts";
import type { PpoJob } from "../trainer.ts";
import { type BatchShape, epochOrder, fillTokenBatch, type Placement, packEvenly, tokenCount } from "./batching.ts";
import { promptText } from "./encoding.ts";
import { restoreSession, type SavedJob } from "./job-state.ts";
import { type Round, type Targets, targetsOf } from "./ppo-round.ts";
import { readSamples, rolloutOf, type Sample, sampleRound } from "./rollouts.ts";
import { TokenScorer, withoutScalarHead } from "./token-scorer.ts";

interface Models {
  readonly session: TrainingSession;
  readonly sampler: Transformer;
  readonly policy: TokenScorer;
  readonly reference: TokenScorer;
}

/** The models of a job and the two halves of a round: sampling and learning. */
export class PpoLearner {
  readonly checkpoint: Pick<Checkpoint, "config" | "tokenizer">;
  readonly initial: Weights;
  readonly session: TrainingSession;
  readonly #job: PpoJob;
  readonly #shape: BatchShape;
  readonly #models: Models;

  private constructor(job: PpoJob, checkpoint: Checkpoint, shape: BatchShape, models: Models) {
    this.checkpoint = checkpoint;
    this.initial = checkpoint.weights;
    this.session = models.session;
    this.#job = job;
    this.#shape = shape;
    this.#models = models;
  }

  static async create(job: PpoJob, saved: SavedJob | undefined): Promise<PpoLearner> {
    const { config, weights: loaded, tokenizer } = await loadCheckpoint(job.initial);
    const reference = await loadCheckpoint(job.reference);
    const hasValues = job.baseline === "value";
    const initial = hasValues ? withScalarHead(config, withoutScalarHead(loaded)) : withoutScalarHead(loaded);
    const weights = saved?.weights ?? initial;
    const shape = shapeOf(job, config, tokenizer);
    const session = await TrainingSession.create({
      config,
      weights,
      loss: ppoLossBuilder(job),
      ...shape,
      optimizer: { weightDecay: job.weightDecay ?? 0 },
    });
    await restoreSession(session, saved);
    const readings = ["logprobs", "entropies"] as const;
    const models = {
      session,
      sampler: await Transformer.create({ config, weights: withoutScalarHead(weights), tokenizer }),
      policy: await TokenScorer.create({
        config,
        weights,
        shape,
        readings: hasValues ? [...readings, "scalars"] : readings,
      }),
      reference: await TokenScorer.create({
        config: reference.config,
        weights: reference.weights,
        shape,
        readings: ["logprobs"],
      }),
    };
    return new PpoLearner(job, { config, tokenizer, weights: initial }, shape, models);
  }

  weights(): Promise<Weights> {
    return this.session.weights();
  }

  /** Samples and scores a round with the current policy. */
  async sample(step: number): Promise<Round> {
    const { sampler, policy, reference } = this.#models;
    const { tokenizer } = this.checkpoint;
    const samples = await sampleRound(sampler, tokenizer, this.#job, step, samplesPerPrompt(this.#job));
    const readings = await readSamples(policy, samples);
    const rollouts = samples.map((sample, i) =>
      rolloutOf(tokenizer, sample, readings.logprobs[i] ?? new Float32Array()),
    );
    const scores = await this.#job.reward(rollouts);
    checkScores(scores, rollouts.length);
    return { samples, rollouts, scores, policy: readings, reference: await readSamples(reference, samples) };
  }

  /** Passes over the round in packed minibatches, then hands the new weights to the sampler. */
  async learn(
    round: Round,
    step: number,
  ): Promise<{ readonly tokens: number; readonly metrics: Record<string, number> }> {
    const job = this.#job;
    const targets = targetsOf(round, job);
    const rate = learningRateAt(job.schedule ?? { shape: "linear", final: 0.1 }, job.learningRate, step, job.steps);
    const units = round.samples.map(({ tokens }) => [tokens.length - 1]);
    const steps: Record<string, number>[] = [];
    let tokens = 0;
    for (let epoch = 0; epoch < (job.epochs ?? 2); epoch++) {
      const order = epochOrder(units.length, job.seed, step * 1000 + epoch);
      for (const placements of packEvenly(units, this.#shape, { order })) {
        const batch = fillPpoBatch(placements, this.#shape, round, targets);
        steps.push(await this.session.step(batch, rate));
        tokens += tokenCount(batch);
      }
    }
    const weights = await this.session.weights();
    await this.#models.policy.updateWeights(weights);
    await this.#models.sampler.updateWeights(withoutScalarHead(weights));
    const column = (name: string): number[] => steps.map((row) => row[name] ?? 0);
    const metrics = {
      "policy/approxkl_avg": moments(column("approxkl")).mean,
      "policy/clipfrac_avg": moments(column("clipfrac")).mean,
      "loss/policy_avg": moments(column("policy")).mean,
      ...(job.baseline === "value" ? { "loss/value_avg": moments(column("value")).mean } : {}),
      "val/ratio": moments(column("ratio")).mean,
      "val/ratio_var": moments(column("ratio")).variance,
      gradient_norm: moments(column("gradientNorm")).mean,
      lr: rate,
      episode: step * round.samples.length,
      optimizer_steps: steps.length,
    };
    return { tokens, metrics };
  }

  async dispose(): Promise<void> {
    const { session, sampler, policy, reference } = this.#models;
    await Promise.all([session.dispose(), sampler.dispose(), policy.dispose(), reference.dispose()]);
  }
}

const samplesPerPrompt = (job: PpoJob): number => job.samplesPerPrompt ?? (job.baseline === "value" ? 1 : 4);

/**
 * Rows of about three times the longest prompt with its response, so that packing wastes little, and as many as a
 * minibatch fills when responses take 2/5 of the limit. Longer responses make more minibatches, not an error.
 */
function shapeOf(job: PpoJob, config: TransformerConfig, tokenizer: Tokenizer): BatchShape {
  const prompts = job.prompts.map(({ prompt }) => tokenizer.encode(promptText(prompt)).length);
  const longest = prompts.reduce((most, length) => Math.max(most, length), 0) + job.maxTokens;
  if (longest > config.contextLength) {
    throw new PreceptError("context-overflow", {
      attempted: "Preparing rollouts",
      found: `${longest} tokens for the longest prompt with maxTokens = ${job.maxTokens}`,
      expected: `at most the context of ${config.contextLength}`,
      remedy: "lower maxTokens, or leave out long prompts",
    });
  }
  const length = job.length ?? Math.min(config.contextLength, Math.max(64, 16 * Math.ceil((3 * longest) / 16)));
  const perMinibatch = (job.rolloutsPerStep * (moments(prompts).mean + 0.4 * job.maxTokens)) / (job.minibatches ?? 2);
  return { batch: job.batch ?? Math.max(1, Math.ceil(perMinibatch / length)), length };
}

/** Inputs: "tokens", "segments", "targets", and per position "mask", "old_logprobs", "advantages" and what the options add; all (B, T). */
function ppoLossBuilder(job: PpoJob): LossBuilder {
  const { clipRange = 0.2, valueCoefficient = 0.1, klCoefficient, klPlacement = "reward", baseline = "group" } = job;
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const integers = (name: string): Value => input(name, "int32", shape);
    const floats = (name: string): Value => input(name, "float32", shape);
    const hidden = model.hidden(integers("tokens"), integers("segments"));
    const logprobs = model.tokenLogprobs(model.logits(hidden), integers("targets"));
    const mask = floats("mask");
    const policy = ppoLoss(
      { logprobs, oldLogprobs: floats("old_logprobs"), advantages: floats("advantages"), mask },
      clipRange,
    );
    const metrics: Record<string, Value> = {
      policy: policy.loss,
      approxkl: policy.approxKl,
      clipfrac: policy.clipFraction,
      ratio: policy.ratio,
    };
    let { loss } = policy;
    if (klPlacement === "loss")
      loss = add(loss, mul(klPenalty(logprobs, floats("reference_logprobs"), mask, "k3"), klCoefficient));
    if (baseline === "value") {
      const value = valueLoss(
        { values: model.scalar(hidden), oldValues: floats("old_values"), returns: floats("returns"), mask },
        clipRange,
      );
      metrics["value"] = value;
      loss = add(loss, mul(value, valueCoefficient));
    }
    return { loss, metrics };
  };
}

function fillPpoBatch(placements: readonly Placement[], shape: BatchShape, round: Round, targets: Targets) {
  const size = shape.batch * shape.length;
  const {
    tokens,
    segments,
    targets: next,
  } = fillTokenBatch(placements, shape, ({ unit }) => ({ tokens: round.samples[unit]?.tokens ?? [], weights: [] }));
  const column = (): Float32Array => new Float32Array(size);
  const batch = {
    tokens,
    segments,
    targets: next,
    mask: column(),
    old_logprobs: column(),
    advantages: column(),
    reference_logprobs: column(),
    old_values: column(),
    returns: column(),
  };
  for (const { unit, offset } of placements) {
    const { responseStart, tokens: sequence } = round.samples[unit] as Sample;
    for (let t = 0; t < sequence.length - responseStart; t++) {
      const at = offset + responseStart - 1 + t;
      batch.mask[at] = 1;
      batch.old_logprobs[at] = round.policy.logprobs[unit]?.[t] ?? 0;
      batch.reference_logprobs[at] = round.reference.logprobs[unit]?.[t] ?? 0;
      batch.advantages[at] = targets.advantages[unit]?.[t] ?? 0;
      batch.old_values[at] = round.policy.scalars[unit]?.[t] ?? 0;
      batch.returns[at] = targets.returns[unit]?.[t] ?? 0;
    }
  }
  return batch;
}

function checkScores(scores: readonly number[], count: number): void {
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (scores.length === count && bad === -1) return;
  throw new PreceptError(bad === -1 ? "shape-mismatch" : "not-finite", {
    attempted: "Scoring rollouts",
    found: bad === -1 ? `${scores.length} scores` : `the score ${scores[bad]} of rollout ${bad}`,
    expected: `${count} finite scores`,
    remedy: "check the preference model",
  });
}
