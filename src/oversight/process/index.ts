/** Rewards of steps: their labels, and what their head is worth. Training them and by them is in the room training. */

export * from "./found.ts";
export * from "./labels.ts";
