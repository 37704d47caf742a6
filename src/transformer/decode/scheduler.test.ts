import { expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { initialWeights } from "../checkpoint/weights.ts";
import { Decoder } from "./decoder.ts";
import { Scheduler, type SequenceCall, type SequenceUpdate } from "./scheduler.ts";

const config = smallConfig({ vocabularySize: 40, layers: 1 });

it("forgets a sequence that is cancelled while a step computes it", async () => {
  const decoder = new Decoder(config, initialWeights(config, rng(1, "scheduler")), { threads: 1 });
  const updates: SequenceUpdate[] = [];
  const scheduler = new Scheduler(decoder, (some) => updates.push(...some));
  const call = (key: number): SequenceCall => ({
    key,
    id: `${key}`,
    seed: 1,
    tokens: Int32Array.of(3 + key, 4, 5),
    maxTokens: 1,
    temperature: 1,
    topP: 1,
    stopTokens: [],
    topLogprobs: 0,
    echo: false,
    adapter: 0,
    stream: true,
  });
  for (const key of [0, 1]) scheduler.add(call(key));
  const step = scheduler.step();
  scheduler.cancel(0);
  expect(await step).toBe(true);
  expect(updates.map(({ key }) => key)).toEqual([1]);
  expect(scheduler.occupancy).toEqual({ running: 0, waiting: 0 });
  expect(await scheduler.step()).toBe(false);
});
