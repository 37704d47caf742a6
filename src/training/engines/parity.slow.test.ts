import { beforeAll, describe, expect, it } from "vitest";
import { findTrl, NO_TRL } from "../../../test/support/python.ts";
import { loadCheckpoint } from "../../transformer/index.ts";
import { tinyCheckpoint } from "../local/tiny.test-support.ts";
import { comparisons, examples, relativeDifference, trainOnBoth, type Unplaced } from "./parity.test-support.ts";

const python = findTrl();
if (python === undefined) process.stderr.write(`${NO_TRL}\n`);

const lossWeights = { harmlessness: 2, helpfulness: 1 };
const heldOut = comparisons.slice(0, 9);

/** What a job says beside the model it starts from. */
type Settings = Unplaced extends infer J ? (J extends Unplaced ? Omit<J, "initial"> : never) : never;
const common = { seed: 1, learningRate: 1e-3, batch: 2, length: 64 };

const jobs: Readonly<Record<string, Settings>> = {
  sft: { ...common, objective: "sft", examples, heldOut: examples.slice(0, 5), epochs: 4, weightDecay: 0.01 },
  "sft, LoRA": { ...common, objective: "sft", examples, epochs: 4, lora: { rank: 4 } },
  "preference model": { ...common, objective: "preference-model", comparisons, heldOut, epochs: 4, lossWeights },
  "preference model, LoRA, the best kept": {
    ...{ ...common, objective: "preference-model", comparisons, heldOut, epochs: 4, lossWeights },
    ...{ lora: { rank: 4 }, keep: "best" },
  },
  dpo: { ...common, objective: "dpo", comparisons, heldOut, epochs: 4, lossWeights, nllWeight: 1 },
  "dpo, LoRA, robust": {
    ...{ ...common, objective: "dpo", comparisons, epochs: 4, lora: { rank: 4 } },
    ...{ variant: "robust", labelSmoothing: 0.1 },
  },
};

describe.skipIf(python === undefined)("TRL on the job that the local engine trains, in float32", () => {
  let initial: string;
  beforeAll(async () => {
    initial = await tinyCheckpoint(3);
  });

  it.each(Object.entries(jobs))("%s: the same losses, gradient norms and metrics", async (_name, settings) => {
    const both = await trainOnBoth({ ...settings, initial }, { python });
    const { local, python: theirs } = both;
    expect(local.steps.length).toBeGreaterThanOrEqual(20);
    expect(theirs.steps.map(({ step, tokens }) => [step, tokens])).toEqual(
      local.steps.map(({ step, tokens }) => [step, tokens]),
    );
    expect(relativeDifference(both, "learning_rate", [1, local.steps.length])).toBe(0);
    expect(relativeDifference(both, "loss", [1, 10])).toBeLessThan(1e-5);
    expect(relativeDifference(both, "gradient_norm", [1, 10])).toBeLessThan(1e-4);
    expect(relativeDifference(both, "loss", [20, 20])).toBeLessThan(1e-4);
    const near = Object.fromEntries(
      Object.entries(local.result.metrics).map(([name, value]) => [name, expect.closeTo(value, 3)]),
    );
    expect(theirs.result.metrics).toEqual(near);
    // Both are read by our own engine, an adapter within its base.
    const [a, b] = await Promise.all([local, theirs].map(({ result }) => loadCheckpoint(result.checkpoint)));
    expect(b?.config).toEqual(a?.config);
    for (const [name, { data }] of b?.weights ?? []) {
      const ours = a?.weights.get(name)?.data ?? [];
      expect(Math.max(...data.map((value, i) => Math.abs(value - (ours[i] ?? 0)))), name).toBeLessThan(1e-3);
    }
  });
});
