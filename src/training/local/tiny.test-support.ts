import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { rng } from "../../rng.ts";
import { type Tokenizer, wordTokenizer } from "../../tokenizer/index.ts";
import { saveCheckpoint } from "../../transformer/checkpoint/checkpoint.ts";
import type { TransformerConfig } from "../../transformer/checkpoint/config.ts";
import { initialWeights } from "../../transformer/checkpoint/weights.ts";
import type { TrainingProgress, TrainingResult } from "../trainer.ts";

export const words = [
  "<end>",
  "<user>",
  "<asst>",
  "red",
  "green",
  "blue",
  "one",
  "two",
  "three",
  "say",
  "not",
  "yes",
  "no",
  "please",
  ".",
];

export const tinyTokenizer = (): Tokenizer => wordTokenizer(words);

export const tinyConfig = (vocabularySize: number): TransformerConfig => ({
  vocabularySize,
  hiddenSize: 16,
  feedForwardSize: 32,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 8,
  contextLength: 64,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
});

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "precept-training-"));

/** A random tiny checkpoint in a folder of its own. */
export async function tinyCheckpoint(seed = 1): Promise<string> {
  const folder = join(await temporaryFolder(), "checkpoint");
  const tokenizer = tinyTokenizer();
  const config = tinyConfig(tokenizer.vocabularySize);
  await saveCheckpoint(folder, { config, tokenizer, weights: initialWeights(config, rng(seed)) });
  return folder;
}

/** Runs a job to its end. */
export async function finish(
  job: AsyncGenerator<TrainingProgress, TrainingResult>,
): Promise<{ result: TrainingResult; steps: TrainingProgress[] }> {
  const steps: TrainingProgress[] = [];
  for (;;) {
    const next = await job.next();
    if (next.done === true) return { result: next.value, steps };
    steps.push(next.value);
  }
}

/** Aborts a job after a step, as Ctrl-C would; returns the steps seen. Throws when it did not stop. */
export async function interrupt(
  job: AsyncGenerator<TrainingProgress, TrainingResult>,
  after: number,
  controller: AbortController,
): Promise<number> {
  let seen = 0;
  try {
    for await (const { step } of job) {
      seen = step;
      if (step >= after) controller.abort();
    }
  } catch (error) {
    if (error instanceof PreceptError && error.code === "interrupted") return seen;
    throw error;
  }
  throw new Error("the job was not interrupted");
}
