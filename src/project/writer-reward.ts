import { fileURLToPath } from "node:url";
import type { Reward, Rollout } from "../training/index.ts";

type Score = (rollouts: readonly Rollout[]) => Promise<readonly number[]>;

let current: Score | undefined;

/** Trainers take rewards by the name of a module: this one, which scores by what `withReward` was given. */
export async function reward(rollouts: readonly Rollout[]): Promise<readonly number[]> {
  if (current === undefined) throw new RangeError("nothing scores: a reward of this module is lent by withReward");
  return current(rollouts);
}

/** Runs `body` with a function of this process as a trainer's reward; one at a time. */
export async function withReward<T>(score: Score, body: (reward: Reward) => Promise<T>): Promise<T> {
  if (current !== undefined) throw new RangeError("another reward is lent already");
  current = score;
  try {
    return await body({ module: fileURLToPath(import.meta.url) });
  } finally {
    current = undefined;
  }
}
