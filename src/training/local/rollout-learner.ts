import { PreceptError } from "../../errors.ts";
import type { WorkerThread } from "../../tensor/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import {
  loadCheckpoint,
  modelWorker,
  type TrainingSession,
  type TransformerConfig,
  type Weights,
} from "../../transformer/index.ts";
import { moments } from "../gae.ts";
import { learningRateAt } from "../schedules.ts";
import type { RolloutJob, ScoredRollout } from "../trainer.ts";
import { type BatchShape, epochOrder, fillTokenBatch, type Placement, packEvenly, tokenCount } from "./batching.ts";
import type { SavedJob } from "./job-state.ts";
import { type LearningModel, learningModel, learningSession, scorerOver } from "./learning-model.ts";
import { type PolicySampler, policySampler } from "./policy-sampler.ts";
import { type OpenReward, openReward } from "./reward.ts";
import {
  hasValues,
  passes,
  refuseUnlearnable,
  rolloutLossBuilder,
  roundKl,
  roundSchedule,
  samplesPerPrompt,
} from "./rollout-objectives.ts";
import { type Round, type Targets, targetsOf } from "./rollout-round.ts";
import { readSamples, refuseLongResponses, rolloutOf, type Sample, sampleRound } from "./rollouts.ts";
import { keepLastGood } from "./supervised.ts";
import { TokenScorer } from "./token-scorer.ts";

interface Models {
  readonly session: TrainingSession;
  readonly worker: WorkerThread;
  readonly sampler: PolicySampler;
  readonly policy: TokenScorer;
  readonly reference: TokenScorer;
  readonly reward: OpenReward;
}

/** A round with its rewards, and the tokens that went through models to make it. */
export interface SampledRound extends Round {
  readonly rollouts: readonly ScoredRollout[];
  readonly tokens: number;
}

/**
 * The models of a job and the two halves of a round: sampling and learning. The policy is scored in the training session's own
 * memory, and so is the reference where it is an adapter's base.
 */
export class RolloutLearner {
  readonly model: LearningModel;
  readonly session: TrainingSession;
  readonly #job: RolloutJob;
  readonly #shape: BatchShape;
  readonly #models: Models;

  private constructor(job: RolloutJob, model: LearningModel, shape: BatchShape, models: Models) {
    this.model = model;
    this.session = models.session;
    this.#job = job;
    this.#shape = shape;
    this.#models = models;
  }

  static async create(job: RolloutJob, saved: SavedJob | undefined): Promise<RolloutLearner> {
    refuseUnlearnable(job);
    const model = await learningModel(job, saved, { head: hasValues(job) ? "new" : "none" });
    const { config, tokenizer } = model;
    const shape = shapeOf(job, config, tokenizer);
    const worker = modelWorker();
    const opened: { dispose(): Promise<void> }[] = [];
    const noteOpened = <T extends { dispose(): Promise<void> }>(one: T): T => {
      opened.unshift(one);
      return one;
    };
    try {
      const options = { loss: rolloutLossBuilder(job), ...shape, worker };
      const session = noteOpened(await learningSession(job, model, saved, options));
      const readings = ["logprobs", "entropies"] as const;
      const models = {
        worker,
        session,
        sampler: noteOpened(await policySampler(model, session)),
        policy: noteOpened(
          await scorerOver(session, model, { shape, readings: hasValues(job) ? [...readings, "scalars"] : readings }),
        ),
        reward: noteOpened(await openReward(job.reward)),
        reference: await referenceScorer(job, model, session, shape),
      };
      return new RolloutLearner(job, model, shape, models);
    } catch (error) {
      // A thread's end alone does not free the memory of its sessions.
      for (const one of opened) await one.dispose().catch(() => undefined);
      await worker.terminate();
      throw error;
    }
  }

  /** What has been learned so far: all weights, or the adapter's. */
  learnedWeights(): Promise<Weights> {
    return this.session.learnedWeights();
  }

  /** Samples and scores a round with the current policy. */
  async sample(step: number): Promise<SampledRound> {
    const { tokenizer } = this.model;
    const count = samplesPerPrompt(this.#job);
    return this.read(await sampleRound(this.#models.sampler, tokenizer, this.#job, step, count));
  }

  /** A round of given responses: read by the policy and the reference, and scored. */
  async read(samples: readonly Sample[]): Promise<SampledRound> {
    const { policy, reference, reward } = this.#models;
    const readings = await readSamples(policy, samples);
    const sampled = samples.map((sample, i) =>
      rolloutOf(this.model.tokenizer, sample, readings.logprobs[i] ?? new Float32Array()),
    );
    const before = reward.tokensRead;
    const rollouts = await reward.score(sampled, this.#job.signal);
    const scores = rollouts.map((rollout) => rollout.reward);
    // Sampled, then read by the policy, by the reference and perhaps by a preference model.
    const tokens = 3 * samples.reduce((sum, sample) => sum + sample.tokens.length, 0) + reward.tokensRead - before;
    return { samples, rollouts, scores, tokens, policy: readings, reference: await readSamples(reference, samples) };
  }

  /** Passes over the round in packed minibatches, then hands the new weights to the sampler. */
  async learn(
    round: Round,
    step: number,
  ): Promise<{ readonly tokens: number; readonly metrics: Record<string, number> }> {
    const job = this.#job;
    const targets = targetsOf(round, job);
    const rate = learningRateAt(job.schedule ?? roundSchedule, job.learningRate, step, job.steps);
    const stop = roundKl(job);
    const steps: Record<string, number>[] = [];
    let kl = 0;
    let tokens = 0;
    try {
      for (const placements of this.#minibatches(round, step)) {
        const batch = fillRolloutBatch(placements, this.#shape, round, targets);
        const measured = await this.session.step(batch, rate);
        steps.push(measured);
        tokens += tokenCount(batch);
        if (stop === undefined) continue;
        kl = measured[stop.metric] ?? 0;
        if (kl > stop.limit) break;
      }
    } catch (error) {
      throw await keepLastGood(error, job, this.model, this.session);
    }
    await this.#models.sampler.refresh();
    const column = (name: string): number[] => steps.map((row) => row[name] ?? 0);
    const metrics = {
      "policy/approxkl_avg": moments(column("approxkl")).mean,
      "policy/clipfrac_avg": moments(column("clipfrac")).mean,
      "loss/policy_avg": moments(column("policy")).mean,
      ...(hasValues(job) ? { "loss/value_avg": moments(column("value")).mean } : {}),
      ...(job.objective === "grpo" ? { "loss/kl_avg": moments(column("kl")).mean } : {}),
      "val/ratio": moments(column("ratio")).mean,
      "val/ratio_var": moments(column("ratio")).variance,
      gradient_norm: moments(column("gradientNorm")).mean,
      lr: rate,
      episode: step * round.samples.length,
      optimizer_steps: steps.length,
      ...(stop && { [`policy/${stop.metric}`]: kl }),
    };
    return { tokens, metrics };
  }

  /** Every pass over the round, in an order of its own. */
  *#minibatches({ samples }: Round, step: number): Generator<readonly Placement[]> {
    const units = samples.map(({ tokens }) => [tokens.length - 1]);
    for (let pass = 0; pass < passes(this.#job); pass++) {
      const order = epochOrder(units.length, this.#job.seed, step * 1000 + pass);
      yield* packEvenly(units, this.#shape, { order });
    }
  }

  async dispose(): Promise<void> {
    const { session, worker, sampler, policy, reference, reward } = this.#models;
    await Promise.all([sampler, policy, reference, reward].map((one) => one.dispose()));
    await session.dispose();
    await worker.terminate();
  }
}

/** The frozen model: the adapter's base in the session's memory, or a copy of its own. */
async function referenceScorer(
  job: RolloutJob,
  model: LearningModel,
  session: TrainingSession,
  shape: BatchShape,
): Promise<TokenScorer> {
  const readings = ["logprobs"] as const;
  const place = job.reference ?? job.initial;
  if (place === job.initial && model.adapter !== undefined)
    return scorerOver(session, model, { shape, readings, base: true });
  const { config, weights } = await loadCheckpoint(place);
  if (config.vocabularySize < model.config.vocabularySize) {
    throw new PreceptError("input-invalid", {
      attempted: `Preparing the reference ${place}`,
      found: `a vocabulary of ${config.vocabularySize} tokens`,
      expected: `at least ${model.config.vocabularySize}, as the policy has: both must read the same tokens`,
    });
  }
  return TokenScorer.create({ config, weights, shape, readings });
}

/**
 * Rows of about three times the longest prompt with its response, so that packing wastes little, and as many as a
 * minibatch fills when responses take 2/5 of the limit. Longer responses make more minibatches, not an error.
 */
function shapeOf(job: RolloutJob, config: TransformerConfig, tokenizer: Tokenizer): BatchShape {
  const { prompts, longest } = refuseLongResponses(job, config, tokenizer);
  const length = job.length ?? Math.min(config.contextLength, Math.max(64, 16 * Math.ceil((3 * longest) / 16)));
  const perMinibatch = (job.rolloutsPerStep * (moments(prompts).mean + 0.4 * job.maxTokens)) / (job.minibatches ?? 2);
  return { batch: job.batch ?? Math.max(1, Math.ceil(perMinibatch / length)), length };
}

function fillRolloutBatch(placements: readonly Placement[], shape: BatchShape, round: Round, targets: Targets) {
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
    response_weights: column(),
    old_logprobs: column(),
    advantages: column(),
    reference_logprobs: column(),
    old_values: column(),
    returns: column(),
  };
  for (const { unit, offset } of placements) {
    const { responseStart, tokens: sequence } = round.samples[unit] as Sample;
    const length = sequence.length - responseStart;
    for (let t = 0; t < length; t++) {
      const at = offset + responseStart - 1 + t;
      batch.mask[at] = 1;
      batch.response_weights[at] = 1 / length;
      batch.old_logprobs[at] = round.policy.logprobs[unit]?.[t] ?? 0;
      batch.reference_logprobs[at] = round.reference.logprobs[unit]?.[t] ?? 0;
      batch.advantages[at] = targets.advantages[unit]?.[t] ?? 0;
      batch.old_values[at] = round.policy.scalars[unit]?.[t] ?? 0;
      batch.returns[at] = targets.returns[unit]?.[t] ?? 0;
    }
  }
  return batch;
}
