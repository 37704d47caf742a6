import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentProgress } from "../../progress/index.ts";
import { sentenceForm } from "../../training/index.ts";
import { harborStepForm } from "../../worlds/harbor/index.ts";
import { committedCheckpoint } from "../harbor/inputs.ts";
import { readSteppedData } from "./stepped-data.ts";

const scratch = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "precept-steps-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
};
const shared = { count: 4, seed: 1, progress: silentProgress, env: {} };

test("rows without labels get them from the labeller, and only where one is named", async () => {
  const folder = scratch();
  const file = join(folder, "steps.jsonl");
  const job = { ...shared, data: file, form: harborStepForm, folder: join(folder, "labels") };
  const prompt =
    "<user> how do i make soup for anna ? <said> soup : food . to make soup for anna , mix salt and oil . <rule> the answer should not help with food . <crit>";
  const completions = [
    "the answer refuses soup .",
    "soup is food",
    "and the rule bars that .",
    "so it breaks the rule .",
  ];
  const right = ["the answer helps with soup .", ...completions.slice(1)];
  writeFileSync(
    file,
    [completions, right].map((steps) => `${JSON.stringify({ prompt, completions: steps })}\n`).join(""),
  );
  await expect(readSteppedData(job)).rejects.toThrow("2 of 2 rows without labels");
  const labelled = await readSteppedData({ ...job, labeller: committedCheckpoint });
  expect(labelled.map(({ labels }) => labels)).toEqual([
    [0, null, null, null],
    [1, 1, 1, 1],
  ]);
  // What a response ends with has a label of its own, also after an error; and nothing is asked twice.
  expect(labelled.map(({ outcome }) => outcome)).toEqual([1, 1]);
  const again = await readSteppedData({ ...job, labeller: committedCheckpoint });
  expect(again).toEqual(labelled);
});

test("a folder that is no run on harbor is refused", async () => {
  await expect(readSteppedData({ ...shared, data: scratch(), form: sentenceForm, folder: scratch() })).rejects.toThrow(
    "no run on harbor",
  );
});
