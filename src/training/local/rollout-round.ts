import {
  generalisedAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  moments,
  perTokenRewards,
  whiten,
} from "../gae.ts";
import { klEstimates } from "../losses/kl.ts";
import { boilerplateRate, type Monitored } from "../monitors.ts";
import type { GrpoJob, PpoJob, RlooJob, Rollout } from "../trainer.ts";
import type { Sample, SampleReadings } from "./rollouts.ts";

/** One round of rollouts with everything measured on it; arrays are one per sample, then one per response token. */
export interface Round {
  readonly samples: readonly Sample[];
  readonly rollouts: readonly Rollout[];
  readonly scores: readonly number[];
  readonly policy: SampleReadings;
  readonly reference: SampleReadings;
}

/** What the surrogate needs of each sample; (T,) per sample. */
export interface Targets {
  readonly advantages: readonly Float64Array[];
  readonly returns: readonly Float64Array[];
}

export type PpoAdvantageOptions = Pick<
  PpoJob,
  "objective" | "baseline" | "klCoefficient" | "klPlacement" | "whitenAdvantages" | "whitenScores"
>;

export type AdvantageOptions =
  | PpoAdvantageOptions
  | Pick<GrpoJob, "objective" | "klCoefficient" | "scaleRewards">
  | Pick<RlooJob, "objective" | "klCoefficient" | "whitenAdvantages">;

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
const mean = (values: ArrayLike<number>): number => moments(values).mean;

/** Advantages of every response token, as the objective has them. */
export function targetsOf(round: Round, options: AdvantageOptions): Targets {
  if (options.objective === "ppo") return ppoTargets(round, options);
  const groups = round.samples.map(({ prompt }) => prompt.id);
  if (options.objective === "grpo")
    return shareAdvantages(round, groupAdvantages(round.scores, groups, options.scaleRewards));
  const rewards = round.scores.map((score, i) => score - options.klCoefficient * sum(tokenKl(round, i)));
  const advantages = leaveOneOutAdvantages(rewards, groups);
  return shareAdvantages(round, options.whitenAdvantages === true ? [...whiten(advantages)] : advantages);
}

/** All tokens of a response share its advantage. */
const shareAdvantages = ({ samples }: Round, advantages: readonly number[]): Targets => ({
  advantages: samples.map(({ tokens, responseStart }, i) =>
    new Float64Array(tokens.length - responseStart).fill(advantages[i] ?? 0),
  ),
  returns: [],
});

/**
 * "group": all tokens of a response share the leave-one-out advantage of its whole
 * reward; "value": GAE over per-token rewards with the learned values.
 */
function ppoTargets(round: Round, options: PpoAdvantageOptions): Targets {
  const { baseline = "group", klPlacement = "reward", whitenAdvantages = true, whitenScores = false } = options;
  const coefficient = klPlacement === "reward" ? options.klCoefficient : 0;
  const scores = whitenScores ? [...whiten(round.scores)] : round.scores;
  const rewards = scores.map((score, i) => perTokenRewards(score, tokenKl(round, i), coefficient));
  if (baseline === "group") {
    const whole = leaveOneOutAdvantages(
      rewards.map(sum),
      round.samples.map(({ prompt }) => prompt.id),
    );
    return shareAdvantages(round, whitenAdvantages ? [...whiten(whole)] : whole);
  }
  const estimates = rewards.map((tokens, i) => generalisedAdvantages(tokens, round.policy.scalars[i] ?? []));
  const flat = estimates.flatMap(({ advantages }) => [...advantages]);
  const white = whitenAdvantages ? whiten(flat) : Float64Array.from(flat);
  const advantages: Float64Array[] = [];
  let from = 0;
  for (const { length } of rewards) {
    advantages.push(white.subarray(from, from + length));
    from += length;
  }
  return { advantages, returns: estimates.map(({ returns }) => returns) };
}

const tokenKl = ({ policy, reference }: Round, i: number): Float64Array =>
  klEstimates(policy.logprobs[i] ?? [], reference.logprobs[i] ?? [], "k1");

/** The round's means under the field's names (TRL's PPOTrainer), KL and entropies summed over a response, nats. */
export function measure(
  round: Round,
  options: AdvantageOptions,
): { readonly monitored: Monitored; readonly metrics: Record<string, number> } {
  const kls = round.samples.map((_, i) => sum(tokenKl(round, i)));
  const lengths = round.rollouts.map(({ tokens }) => tokens.length);
  const scores = moments(round.scores);
  const klNats = mean(kls);
  const monitored: Monitored = {
    klNats,
    score: scores.mean,
    length: mean(lengths),
    boilerplateRate: boilerplateRate(round.rollouts.map(({ response }) => response)),
    referenceLogprob: sum(round.reference.logprobs.map(sum)) / sum(lengths),
    entropyNats: sum(round.policy.entropies.map(sum)) / sum(lengths),
  };
  const metrics = {
    "objective/kl": klNats,
    "objective/kl_k3": mean(
      round.samples.map((_, i) =>
        sum(klEstimates(round.policy.logprobs[i] ?? [], round.reference.logprobs[i] ?? [], "k3")),
      ),
    ),
    "objective/entropy": mean(round.policy.logprobs.map((logprobs) => -sum(logprobs))),
    "objective/non_score_reward": -options.klCoefficient * klNats,
    "objective/rlhf_reward": scores.mean - options.klCoefficient * klNats,
    "objective/scores": scores.mean,
    "objective/scores_std": Math.sqrt(scores.variance),
    "policy/entropy_avg": monitored.entropyNats,
    "val/num_eos_tokens": round.samples.filter(({ isEnded }) => isEnded).length,
    "monitor/length": monitored.length,
    "monitor/boilerplate_rate": monitored.boilerplateRate,
    "monitor/reference_logprob": monitored.referenceLogprob,
    ...(options.objective === "ppo" ? {} : groupMetrics(round)),
  };
  return { monitored, metrics };
}

/** How much the samples of a prompt differ, under TRL's names: equal rewards teach nothing. */
function groupMetrics({ samples, scores, rollouts }: Round): Record<string, number> {
  const groups = new Map<string, number[]>();
  for (const [i, { prompt }] of samples.entries())
    groups.set(prompt.id, [...(groups.get(prompt.id) ?? []), scores[i] ?? 0]);
  const deviations = [...groups.values()].map((group) => Math.sqrt(moments(group).variance));
  return {
    reward_std: mean(deviations),
    frac_reward_zero_std: deviations.filter((deviation) => deviation === 0).length / deviations.length,
    "completions/clipped_ratio":
      rollouts.filter(({ finishReason }) => finishReason === "length").length / rollouts.length,
  };
}
