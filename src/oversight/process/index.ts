/** Rewards of steps: their labels. Training them and by them is in the room training. */

export * from "./labels.ts";
