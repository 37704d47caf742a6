import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { loadProbe, saveProbe } from "../interpretability/index.ts";
import { harborFolder } from "../project/index.ts";
import { hashModel } from "../storage/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = join(harborFolder, "checkpoint");
const numbers = (of: number): number[] => Array.from({ length: 128 }, () => of);

test("what cannot be is said: a checkpoint without a run, a missing probe, a probe of other weights, an edit that is none", async () => {
  const folder = temporaryFolder();
  const trained = await preceptHere(["probe", "train", model, "--principle", "privacy"]);
  expect([trained.code, trained.stderr]).toEqual([2, expect.stringMatching(/no run[\s\S]*critic's findings/)]);
  const missing = await preceptHere(["probe", "watch", folder, "--prompt", "hello"]);
  expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining("none there")]);
  saveProbe(folder, {
    ...{
      format: 1,
      model: { name: "other", hash: "00ff" },
      reading: "request",
      site: "blocks.1.hook_resid_post",
      labels: "its own answers",
    },
    ...{ direction: numbers(1), positive: 1, negative: 0, weights: numbers(0), bias: 0, mean: numbers(0) },
    ...{ scale: numbers(1), threshold: 0.4, falsePositiveRate: 0.05 },
  });
  const other = await preceptHere(["probe", "watch", folder, "--prompt", "hello", "--model", model]);
  expect([other.code, other.stderr]).toEqual([1, expect.stringContaining("a probe of other")]);
  const late = join(folder, "late");
  saveProbe(late, { ...loadProbe(folder), model: { name: "model", hash: await hashModel(model) }, reading: "answer" });
  const read = await preceptHere(["probe", "watch", late, "--prompt", "hello", "--model", model]);
  expect([read.code, read.stderr]).toEqual([2, expect.stringContaining("first words of an answer")]);
  const none = await preceptHere(["probe", "watch", folder, "--model", model]);
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("--prompt or --file")]);
  const alone = await preceptHere(["probe", "watch", folder, "--prompt", "hello"]);
  expect([alone.code, alone.stderr]).toEqual([2, expect.stringMatching(/beside no run[\s\S]*--model/)]);
  const both = await preceptHere(["probe", "train", model, "--texts", "labelled.jsonl", "--principle", "privacy"]);
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining("the labels are the file's")]);
  const still = await preceptHere(["probe", "steer", model, "--direction", folder]);
  expect([still.code, still.stderr]).toEqual([2, expect.stringContaining("neither --strength nor --ablate")]);
});

test("answers are steered beside random directions, and the oracle counts", async () => {
  const folder = temporaryFolder();
  saveProbe(folder, {
    ...{ format: 1, model: { name: "m", hash: "00" }, reading: "answer" },
    ...{ site: "blocks.1.hook_resid_post", labels: "its own answers" },
    ...{ direction: numbers(3), positive: 1, negative: 0, weights: numbers(0), bias: 0, mean: numbers(0) },
    ...{ scale: numbers(1), threshold: 0.4, falsePositiveRate: 0.05 },
  });
  const args = ["probe", "steer", model, "--direction", folder, "--strength", "20", "--items", "7", "--json"];
  const { code, stdout, stderr } = await preceptHere(args);
  expect([code, stderr]).toEqual([0, ""]);
  const { rows, unreadable } = JSON.parse(stdout);
  // The helpful-only model goes against the principles that bar help; pushed far off, it writes no sentence of harbor.
  const privacy = rows.find((row: { principle: string }) => row.principle === "privacy");
  expect(privacy.plain.estimate).toBeGreaterThan(0.6);
  expect(unreadable.plain).toBeLessThan(0.1);
  expect(unreadable.steered).toBeGreaterThan(0.5);
}, 120_000);
