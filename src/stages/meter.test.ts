import { expect, test } from "vitest";
import { testModel } from "../feedback/scripted.test-support.ts";
import { silentProgress } from "../progress/index.ts";
import type { Trainer, TrainingJob } from "../training/index.ts";
import { meterModel, startMeter } from "./meter.ts";
import { train } from "./train.ts";

/** A meter that shows what it was told. */
function spyMeter() {
  const told = { sampled: 0, trained: 0 };
  return {
    told,
    ...startMeter({ parameters: 1000 }, 0),
    countSampled: (n: number) => {
      told.sampled += n;
    },
    countTrained: (n: number) => {
      told.trained += n;
    },
  };
}

test("a token costs 2 operations per weight where it is read, 6 where it is learned from", () => {
  const [read, learned] = [startMeter({ parameters: 1000 }, 3), startMeter({ parameters: 1000 }, 0)];
  read.countSampled(300);
  learned.countTrained(100);
  const { tokens, seconds, tokensPerSecond = 0, gflops = 0 } = read.cost();
  expect(tokens).toBe(300);
  expect(seconds).toBeGreaterThan(3);
  expect(gflops / tokensPerSecond).toBeCloseTo(2e-6, 10);
  const { gflops: more = 0, tokensPerSecond: rate = 0 } = learned.cost();
  expect(more / rate).toBeCloseTo(6e-6, 10);
  expect(startMeter({ parameters: null }, 0).cost().gflops).toBeUndefined();
});

test("a metered model counts prompts and completions of whatever it is asked", async () => {
  const meter = spyMeter();
  const plain = testModel({ generate: () => "two words", choose: () => 0.5 });
  const model = meterModel(plain, meter);
  const usages = [];
  for await (const { usage } of model.generate([{ id: "a", prompt: "three word prompt", seed: 1 }], { maxTokens: 4 }))
    usages.push(usage);
  for await (const { usage } of model.choose([{ id: "b", prompt: "which", options: ["A", "B"], seed: 1 }], {}))
    usages.push(usage);
  expect(usages).toHaveLength(2);
  const total = usages.reduce((sum, { promptTokens, completionTokens }) => sum + promptTokens + completionTokens, 0);
  expect(meter.told).toEqual({ sampled: total, trained: 0 });
  expect(model.id).toBe(plain.id);
});

test("training counts what was sampled apart from what was learned from, after a resumption only what is new", async () => {
  const result = { checkpoint: "", hash: "", steps: 3, tokens: 400, metrics: {} };
  const trainer = (from: number): Trainer => ({
    objectives: ["ppo"],
    fingerprint: async () => "",
    async *train() {
      for (let step = from; step <= 3; step++) {
        yield { step, steps: 3, tokens: 100 * step, forwardTokens: 40 * step, metrics: {} };
      }
      return result;
    },
  });
  const told = async (from: number) => {
    const meter = spyMeter();
    const context = { trainer: trainer(from), progress: silentProgress };
    const job = { objective: "ppo" } as TrainingJob;
    await train(context, job, { metrics: () => undefined }, meter, { stage: "train", label: "ppo" });
    return meter.told;
  };
  expect(await told(1)).toEqual({ sampled: 220, trained: 180 }); // The last 100: the round that shows the trained policy.
  expect(await told(3)).toEqual({ sampled: 100, trained: 0 });
});
