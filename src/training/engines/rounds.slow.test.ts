import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { findTrl, NO_TRL } from "../../../test/support/python.ts";
import { rng } from "../../rng.ts";
import { openServedModel, startServer } from "../../serving/index.ts";
import { loadCheckpoint, SCALAR_HEAD, saveCheckpoint } from "../../transformer/index.ts";
import { finish, temporaryFolder, tinyCheckpoint } from "../local/tiny.test-support.ts";
import type { GrpoJob, RlooJob, ScoredRollout } from "../trainer.ts";
import { learnOnBoth } from "./given-rollouts.test-support.ts";
import { prompts } from "./parity.test-support.ts";
import { PythonTrainer } from "./python-trainer.ts";

const python = findTrl();
if (python === undefined) process.stderr.write(`${NO_TRL}\n`);

type Settings =
  | Pick<GrpoJob, "objective" | "lossNormalisation" | "scaleRewards" | "clipRangeHigh" | "lora">
  | Pick<RlooJob, "objective" | "whitenAdvantages" | "lora">;

const jobs: Readonly<Record<string, Settings>> = {
  grpo: { objective: "grpo" },
  "grpo, a mean over tokens, an upper clip of its own": {
    ...{ objective: "grpo", lossNormalisation: "token", clipRangeHigh: 0.28 },
  },
  "Dr. GRPO, LoRA": {
    ...{ objective: "grpo", lossNormalisation: "constant", scaleRewards: false, lora: { rank: 4 } },
  },
  rloo: { objective: "rloo" },
  "rloo, whitened, LoRA": { objective: "rloo", whitenAdvantages: true, lora: { rank: 4 } },
};

describe.skipIf(python === undefined)("TRL on given rollouts, in float32", () => {
  let initial: string;
  let reference: string;
  let reward: string;
  beforeAll(async () => {
    [initial, reference, reward] = await Promise.all([tinyCheckpoint(3), tinyCheckpoint(5), tinyScorer(4)]);
  });

  it.each(Object.entries(jobs))("%s: the same loss and gradient norm", async (_name, settings) => {
    const common = { initial, reference, prompts, reward: { checkpoint: reward, meanScore: 0.25 }, seed: 1 };
    // Of complete groups the advantages sum to 0, and so does the first loss: the second update's says something.
    const size = {
      rolloutsPerStep: 24,
      samplesPerPrompt: 4,
      maxTokens: 8,
      minibatches: 1,
      epochs: 2,
      batch: 24,
      length: 64,
    };
    const job = { ...common, ...size, ...settings, learningRate: 1e-2, klCoefficient: 0.05, clipRange: 0.1 };
    const { local, python: theirs } = await learnOnBoth(job, { python, rowsPerProcess: 5 });
    expect(Math.abs(local.loss)).toBeGreaterThan(1e-3);
    expect(Math.abs(theirs.loss / local.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(theirs.gradientNorm / local.gradientNorm - 1)).toBeLessThan(1e-4);
    for (const name of ["policy/approxkl_avg", "policy/clipfrac_avg", "val/ratio", "optimizer_steps", "lr", "episode"])
      expect(theirs.metrics[name], name).toBeCloseTo(local.metrics[name] ?? Number.NaN, 4);
  });
});

describe.skipIf(python === undefined)("rounds whose responses a server draws", () => {
  it("loads the adapter anew each round, and asks this process for the reward", async () => {
    const initial = await tinyCheckpoint(3);
    const served = await openServedModel(initial, { runtimeAdapters: true });
    const server = await startServer(served, { port: 0 });
    onTestFinished(() => server.close());
    const told: ScoredRollout[][] = [];
    const jobIn = (output: string): RlooJob => ({
      ...{
        objective: "rloo",
        initial,
        output,
        prompts,
        seed: 1,
        learningRate: 1e-2,
        klCoefficient: 0.05,
        lora: { rank: 4 },
      },
      ...{ steps: 2, rolloutsPerStep: 8, samplesPerPrompt: 4, maxTokens: 6, stateEvery: 1 },
      reward: { module: fileURLToPath(new URL("./length-reward.test-support.ts", import.meta.url)) },
    });
    const trainer = new PythonTrainer({ python, rolloutServer: server.url });
    const onRollouts = async (_: number, rollouts: readonly ScoredRollout[]): Promise<void> => {
      told.push([...rollouts]);
    };
    const output = await temporaryFolder();
    const { result, steps } = await finish(trainer.train(jobIn(output), { onRollouts }));
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(told).toHaveLength(3);
    // Asked of this process: the reward is the response's length.
    expect(told[0]?.every(({ reward, tokens }) => reward === tokens.length)).toBe(true);
    expect(served.adapters).toHaveLength(1);
    // The adapter that was served last is the one that was learned.
    const read = (folder: string): Buffer => readFileSync(join(folder, "adapter_model.safetensors"));
    expect(read(join(output, "served-adapter")).equals(read(result.checkpoint))).toBe(true);
  });

  it("says what a server answers that loads no adapters", async () => {
    const initial = await tinyCheckpoint(3);
    const server = await startServer(await openServedModel(initial), { port: 0 });
    onTestFinished(() => server.close());
    const job: RlooJob = {
      ...{ objective: "rloo", initial, output: await temporaryFolder(), prompts, seed: 1, learningRate: 1e-2 },
      ...{ steps: 1, rolloutsPerStep: 4, samplesPerPrompt: 2, maxTokens: 4, klCoefficient: 0, lora: { rank: 2 } },
      reward: { module: fileURLToPath(new URL("./length-reward.test-support.ts", import.meta.url)) },
    };
    const trainer = new PythonTrainer({ python, rolloutServer: server.url });
    await expect(finish(trainer.train(job))).rejects.toThrow("answers load_lora_adapter with 404");
    await expect(finish(trainer.train({ ...job, lora: undefined }))).rejects.toThrow("--lora 16");
  });
});

/** A preference model of random weights. */
async function tinyScorer(seed: number): Promise<string> {
  const folder = join(await temporaryFolder(), "scorer");
  const { config, tokenizer, weights } = await loadCheckpoint(await tinyCheckpoint(seed));
  const random = rng(seed, "head");
  const head = {
    shape: [1, config.hiddenSize],
    data: Float32Array.from({ length: config.hiddenSize }, () => random.next() - 0.5),
  };
  await saveCheckpoint(folder, { config, tokenizer, weights: new Map([...weights, [SCALAR_HEAD, head]]) });
  return folder;
}
