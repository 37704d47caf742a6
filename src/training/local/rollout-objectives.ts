import { PreceptError } from "../../errors.ts";
import { add, mul, type Value } from "../../tensor/index.ts";
import type { LossBuilder } from "../../transformer/index.ts";
import { grpoLoss } from "../losses/grpo.ts";
import { klPenalty } from "../losses/kl.ts";
import { type PolicyLoss, ppoLoss, valueLoss } from "../losses/ppo.ts";
import { rlooLoss } from "../losses/rloo.ts";
import type { Schedule } from "../schedules.ts";
import type { GrpoJob, PpoJob, RlooJob, RolloutJob } from "../trainer.ts";
import { refuseEmpty } from "./learning-model.ts";

/** Samples of one prompt in a round. */
export function samplesPerPrompt(job: RolloutJob): number {
  if (job.samplesPerPrompt !== undefined) return job.samplesPerPrompt;
  if (job.objective === "grpo") return 8;
  return hasValues(job) ? 1 : 4;
}

/** Passes over the rollouts of a round. */
export const passes = (job: RolloutJob): number => job.epochs ?? (job.objective === "ppo" ? 2 : 1);

/** Whether a value head learns beside the policy. */
export const hasValues = (job: RolloutJob): boolean => job.objective === "ppo" && job.baseline === "value";

/** How the rate falls over the rounds, where a job says nothing. */
export const roundSchedule: Schedule = { shape: "linear", final: 0.1 };

/** @throws PreceptError input-invalid for a job whose advantages or ratios would mean nothing. */
export function refuseUnlearnable(job: RolloutJob): void {
  if ((job.lora?.dropout ?? 0) > 0) {
    throw new PreceptError("input-invalid", {
      attempted: "Training by reinforcement",
      found: `LoRA dropout ${job.lora?.dropout}`,
      expected: "dropout 0: with it the policy that learns is not the one that was sampled",
    });
  }
  if (!hasValues(job) && samplesPerPrompt(job) < 2) {
    throw new PreceptError("input-invalid", {
      attempted: "Training by reinforcement",
      found: "one response to a prompt",
      expected: "2 or more: a response is compared with the others to its prompt",
      remedy: "raise samplesPerPrompt (--samples), or take ppo with a value head",
    });
  }
  refuseEmpty("Training by reinforcement", job.prompts, "prompts");
}

/** What stops a round's learning early; undefined where nothing does. */
export function roundKl({ maxRoundKl: limit, roundKlEstimator: estimator = "k3" }: RolloutJob) {
  return limit === undefined ? undefined : { limit, estimator, metric: `kl_${estimator}` };
}

/**
 * The loss of an objective over rollouts. Inputs: "tokens", "segments", "targets", and per position "mask", "old_logprobs",
 * "advantages" and what the objective adds; all (B, T).
 */
export function rolloutLossBuilder(job: RolloutJob): LossBuilder {
  return (_graph, model, input) => {
    const shape = [model.batch, model.length];
    const integers = (name: string): Value => input(name, "int32", shape);
    const floats = (name: string): Value => input(name, "float32", shape);
    const segments = integers("segments");
    const hidden = model.hiddenStates(integers("tokens"), segments);
    const logprobs = model.tokenLogprobs(model.logits(hidden), integers("targets"));
    const mask = floats("mask");
    const terms = { logprobs, oldLogprobs: floats("old_logprobs"), advantages: floats("advantages"), mask };
    const stop = roundKl(job);
    const policyMetrics = (policy: PolicyLoss): Record<string, Value> => ({
      policy: policy.loss,
      approxkl: policy.approxKl,
      clipfrac: policy.clipFraction,
      ratio: policy.ratio,
      ...(stop && { [stop.metric]: klPenalty(terms.oldLogprobs, logprobs, mask, stop.estimator) }),
    });
    if (job.objective === "rloo") {
      const policy = rlooLoss({ ...terms, segments, responseWeights: floats("response_weights") }, clipOf(job));
      return { loss: policy.loss, metrics: policyMetrics(policy) };
    }
    if (job.objective === "grpo") {
      const { clipRangeHigh = clipOf(job), klEstimator = "k3", lossNormalisation: normalisation = "response" } = job;
      const { klCoefficient, maxTokens } = job;
      const policy = grpoLoss(
        { ...terms, referenceLogprobs: floats("reference_logprobs"), responseWeights: floats("response_weights") },
        { clipRange: clipOf(job), clipRangeHigh, klCoefficient, klEstimator, normalisation, maxTokens },
      );
      return { loss: policy.loss, metrics: { ...policyMetrics(policy), kl: policy.kl } };
    }
    const { valueCoefficient = 0.1, klCoefficient, klPlacement = "reward" } = job;
    const policy = ppoLoss(terms, clipOf(job));
    const metrics = policyMetrics(policy);
    let { loss } = policy;
    if (klPlacement === "loss")
      loss = add(loss, mul(klPenalty(logprobs, floats("reference_logprobs"), mask, "k3"), klCoefficient));
    if (hasValues(job)) {
      const value = valueLoss(
        { values: model.scalar(hidden), oldValues: floats("old_values"), returns: floats("returns"), mask },
        clipOf(job),
      );
      metrics["value"] = value;
      loss = add(loss, mul(value, valueCoefficient));
    }
    return { loss, metrics };
  };
}

const clipOf = ({ clipRange = 0.2 }: PpoJob | GrpoJob | RlooJob): number => clipRange;
