import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sentenceForm, wholeForm } from "../steps.ts";
import { readSteppedExamples, stepHeadExamples } from "./stepped.ts";

const row = { id: "a", prompt: "2 + 2 ?", completions: ["It is 5.", "So 5."], labels: [false, true] };

test("rows of stepwise supervision become prefixes, labelled up to the first error, or whole responses", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-stepped-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "steps.jsonl");
  const good = { ...row, id: "b", completions: ["It is 4.", "So 4."], labels: [true, 0.9], outcome: true };
  writeFileSync(file, [row, good].map((one) => `${JSON.stringify(one)}\n`).join(""));
  const examples = await readSteppedExamples(file);
  expect(
    stepHeadExamples(examples, "steps", sentenceForm).map(({ response, labels }) => [response, labels[0]]),
  ).toEqual([
    ["It is 5.", 0],
    ["It is 4.", 1],
    ["It is 4. So 4.", 0.9],
  ]);
  const outcomes = [{ ...examples[0]!, outcome: 0 }, examples[1]!].map((one) => ({
    ...one,
    steps: [one.steps.join(" ")],
  }));
  expect(stepHeadExamples(outcomes, "outcome", wholeForm).map(({ labels }) => labels[0])).toEqual([0, 1]);
  writeFileSync(file, `${JSON.stringify({ ...row, labels: [true] })}\n`);
  await expect(readSteppedExamples(file)).rejects.toThrow("1 labels of 2 steps");
});

test("labels of one kind, and steps that a response would not show, are refused", () => {
  const one = { id: "a", prompt: "p", steps: ["It is 4."], labels: [1] };
  const cut = { id: "b", prompt: "p", steps: ["It is 5.", "So 5."], labels: [0, null] };
  expect(() => stepHeadExamples([one, cut], "outcome", sentenceForm)).toThrow(
    "no outcome, and no label of the last step",
  );
  expect(() => stepHeadExamples([one], "steps", sentenceForm)).toThrow("1 labels, all right");
  expect(() => stepHeadExamples([{ ...one, steps: ["It is 4. So 4."] }], "steps", sentenceForm)).toThrow(
    "1 steps, which --boundary",
  );
});
