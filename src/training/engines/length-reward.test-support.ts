import type { Rollout } from "../trainer.ts";

/** A reward of one's own, as a module: the response's tokens. */
export const reward = (rollouts: readonly Rollout[]): number[] => rollouts.map(({ tokens }) => tokens.length);
