import type { SftJob } from "../trainer.ts";

/** Twenty steps of one short row each, with a state every third. */
export const tinySft = (initial: string, output: string, signal?: AbortSignal): SftJob => ({
  objective: "sft",
  initial,
  output,
  signal,
  seed: 1,
  learningRate: 1e-3,
  epochs: 2,
  batch: 1,
  length: 16,
  stateEvery: 3,
  examples: Array.from({ length: 10 }, (_, i) => ({
    id: `e${i}`,
    prompt: "<user> say red <asst>",
    completion: "red .",
  })),
});
