import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findTrl, NO_TRL } from "../../../test/support/python.ts";
import { rng } from "../../rng.ts";
import { loadCheckpoint, SCALAR_HEAD, saveCheckpoint } from "../../transformer/index.ts";
import { temporaryFolder, tinyCheckpoint } from "../local/tiny.test-support.ts";
import type { GrpoJob, RlooJob } from "../trainer.ts";
import { learnOnBoth } from "./given-rollouts.test-support.ts";
import { prompts } from "./parity.test-support.ts";

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
