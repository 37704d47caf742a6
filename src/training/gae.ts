import { PreceptError } from "../errors.ts";

export interface Advantages {
  readonly advantages: Float64Array;
  /** advantages + values: the target of the value head. */
  readonly returns: Float64Array;
}

/**
 * Generalised advantage estimation over one episode, Schulman et al. 2016 eq. 16:
 * A_t = sum_l (gamma lambda)^l delta_{t+l},  delta_t = r_t + gamma V_{t+1} - V_t,  V after the last token = 0.
 * rewards, values: (T,), one per response token. Discount 1 as in Bai et al. 2022a.
 * @throws PreceptError "shape-mismatch" when the lengths differ.
 */
export function generalisedAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  options: { readonly discount?: number; readonly lambda?: number } = {},
): Advantages {
  const { discount = 1, lambda = 0.95 } = options;
  const length = sameLength("Estimating advantages", rewards, values);
  const advantages = new Float64Array(length);
  const returns = new Float64Array(length);
  let following = 0;
  for (let t = length - 1; t >= 0; t--) {
    const value = values[t] as number;
    const next = t + 1 < length ? (values[t + 1] as number) : 0;
    following = (rewards[t] as number) + discount * next - value + discount * lambda * following;
    advantages[t] = following;
    returns[t] = following + value;
  }
  return { advantages, returns };
}

/**
 * Reward minus the mean of the other samples of the same prompt (leave one out; Kool et al. 2019, Ahmadian et al. 2024).
 * rewards, groups: (n,). A prompt with one sample gets the mean of all others.
 */
export function leaveOneOutAdvantages(rewards: readonly number[], groups: readonly string[]): number[] {
  sameLength("Comparing samples of a prompt", rewards, groups);
  const sums = new Map<string, { sum: number; count: number }>();
  let total = 0;
  rewards.forEach((reward, i) => {
    const group = sums.get(groups[i] as string) ?? { sum: 0, count: 0 };
    sums.set(groups[i] as string, { sum: group.sum + reward, count: group.count + 1 });
    total += reward;
  });
  return rewards.map((reward, i) => {
    const group = sums.get(groups[i] as string);
    if (group !== undefined && group.count > 1) return reward - (group.sum - reward) / (group.count - 1);
    return rewards.length > 1 ? reward - (total - reward) / (rewards.length - 1) : 0;
  });
}

/**
 * Reward less the mean of the prompt's samples, over their standard deviation + 1e-4 when `scale` (Shao et al. 2024 §4.1.2;
 * unbiased deviation, as TRL). rewards, groups: (n,). Equal rewards of a prompt give 0.
 */
export function groupAdvantages(rewards: readonly number[], groups: readonly string[], scale = true): number[] {
  sameLength("Comparing samples of a prompt", rewards, groups);
  const members = new Map<string, number[]>();
  rewards.forEach((reward, i) => {
    const group = members.get(groups[i] as string) ?? [];
    group.push(reward);
    members.set(groups[i] as string, group);
  });
  return rewards.map((reward, i) => {
    const group = members.get(groups[i] as string) ?? [];
    const { mean, variance } = moments(group);
    const deviation = group.length > 1 ? Math.sqrt((variance * group.length) / (group.length - 1)) : 0;
    return scale ? (reward - mean) / (deviation + 1e-4) : reward - mean;
  });
}

/**
 * Reward of each response token: -klCoefficient · KL_t, plus the score on the last token (Stiennon et al. 2020 §3.4 a token at a time).
 * tokenKl: (T,) nats, log pi - log pi_ref of the sampled token.
 */
export function perTokenRewards(score: number, tokenKl: ArrayLike<number>, klCoefficient: number): Float64Array {
  const rewards = Float64Array.from(tokenKl, (kl) => -klCoefficient * kl);
  const last = rewards.length - 1;
  if (last >= 0) rewards[last] = (rewards[last] as number) + score;
  return rewards;
}

/** (x - mean) / sqrt(variance + 1e-8) over all values; `shift: false` keeps the mean, as TRL's masked_whiten does. */
export function whiten(values: ArrayLike<number>, options: { readonly shift?: boolean } = {}): Float64Array {
  const { mean, variance } = moments(values);
  const scale = 1 / Math.sqrt(variance + 1e-8);
  const back = options.shift === false ? mean : 0;
  return Float64Array.from(values, (value) => (value - mean) * scale + back);
}

/** Mean and population variance; 0 and 0 of nothing. */
export function moments(values: ArrayLike<number>): { readonly mean: number; readonly variance: number } {
  const n = values.length;
  if (n === 0) return { mean: 0, variance: 0 };
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i] as number;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, variance: squares / n };
}

function sameLength(attempted: string, a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  if (a.length !== b.length) {
    throw new PreceptError("shape-mismatch", {
      attempted,
      found: `lengths ${a.length} and ${b.length}`,
      expected: "equal lengths",
    });
  }
  return a.length;
}
