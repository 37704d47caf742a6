import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { silentProgress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { tinyTokenizer } from "../../training/local/tiny.test-support.ts";
import { initialWeights, loadCheckpoint, saveCheckpoint } from "../../transformer/index.ts";
import { attributeAnswer } from "./attribute.ts";
import { sharesOfRate } from "./earlier.ts";
import { findAttributed, loadAttributed } from "./place.ts";
import { makeRun } from "./run.test-support.ts";

test("shares of the learning rate, by hand", () => {
  expect(sharesOfRate([2, 6], 8, 0.1, { shape: "constant" })).toEqual([
    expect.closeTo(2 / 8, 12),
    expect.closeTo(4 / 8, 12),
  ]);
  // Of 4 steps that fall from the peak by quarters to 0: 3/4, 2/4, 1/4, 0.
  const [first, second] = sharesOfRate([1, 2], 4, 7, { shape: "linear" });
  expect(first).toBeCloseTo(3 / 6, 12);
  expect(second).toBeCloseTo(2 / 6, 12);
});

test("a run that kept checkpoints is attributed over all of them, and says so", async () => {
  const run = await makeRun();
  const { config } = await loadCheckpoint(join(run, "sl-cai", "checkpoint"));
  for (const [step, seed] of [[5, 8] as const, [10, 9] as const])
    await saveCheckpoint(join(run, "sl-cai", `checkpoint-${step}`), {
      ...{ config, tokenizer: tinyTokenizer(), weights: initialWeights(config, rng(seed)) },
    });
  writeFileSync(join(run, "sl-cai", "summary.json"), JSON.stringify({ training: { steps: 20 } }));
  const { earlier = [] } = await loadAttributed(findAttributed(run));
  expect(earlier.map(({ step }) => step)).toEqual([5, 10]);
  // Cosine from the peak: more than a quarter of the rate lies in the first quarter of the steps.
  expect(earlier[0]?.share).toBeGreaterThan(0.3);
  const options = {
    prompt: "say green two",
    answer: "yes two green .",
    command: "attribute",
    progress: silentProgress,
  };
  const { notes } = await attributeAnswer(run, { ...options, settings: { projection: 4 } });
  expect(notes.join("\n")).toContain("tracin sums over the checkpoints of steps 5, 10 and the last");
});
