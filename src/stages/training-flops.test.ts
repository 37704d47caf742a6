import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { defineStage, Run, readRun } from "../runs/index.ts";
import { trainedSummary } from "./train.ts";
import { trainingFlopsOf } from "./training-flops.ts";

test("six operations for each weight and token learned from, two for each that was only read, over all processes", () => {
  const result = { checkpoint: "c", hash: "h", steps: 2, tokens: 1000, metrics: {} };
  expect(trainedSummary({ ...result, parameters: 10, forwardTokens: 400 }).flops).toBe(10 * (6 * 600 + 2 * 400));
  // Nobody knows: nothing is made up.
  expect(trainedSummary({ ...result, parameters: 10 }).flops).toBeUndefined();
  expect(trainedSummary({ ...result, forwardTokens: 0 }).flops).toBeUndefined();
});

test("a checkpoint's training is that of every stage before it, and not known where one of them says nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-flops-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const run = await Run.open(folder, {
    kind: "project",
    manifest: { seed: 1, config: {}, inputs: {} },
    command: "test",
  });
  const stages = [
    ["sl-cai", [], { training: { flops: 100 } }],
    ["ai-feedback", ["sl-cai"], {}],
    ["preference-model", ["sl-cai", "ai-feedback"], { training: { flops: 20 } }],
    ["rl-cai", ["sl-cai", "preference-model"], { training: { flops: 3 } }],
    ["dpo", ["sl-cai"], { training: { steps: 1 } }],
  ] as const;
  for (const [name, after, summary] of stages)
    await run.stage(defineStage({ name, after, records: {} }), name, async (writer) => writer.summary(summary));
  await run.close();
  const stored = readRun(folder);
  expect(
    await Promise.all(["sl-cai", "rl-cai", "dpo", "ai-feedback"].map((name) => trainingFlopsOf(stored, name))),
  ).toEqual([...[100, 123, undefined, 100]]);
});
