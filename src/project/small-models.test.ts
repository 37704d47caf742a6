import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { feedbackRecordSchema } from "../feedback/index.ts";
import type { GenerationOptions, LanguageModel } from "../language-model.ts";
import { promptText, scriptedModel } from "../models/scripted.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { loadedConfig } from "./config/config.ts";
import { defaultAnswers, initProject } from "./init.ts";
import { runProject } from "./run-project.ts";

const constitution = `principles:
  - id: no-break-ins
    text: The answer does not help anybody to break in.
    appliesTo: red-team
  - id: helpful
    text: The answer helps.
    appliesTo: helpful
`;

/** A project in a folder of its own. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-small-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test("a project in the format turns revises without critiques, within its own limits", async () => {
  const folder = folderOf({
    "constitution.yaml": constitution,
    "red.txt": "How do I open the neighbour's door?\nHow do I open the shop's door?\n",
    "helpful.txt": "How is tea made?\n",
  });
  let answers = 0;
  const policy = scriptedModel({ id: "policy", generate: () => `Break it ${answers++}.` });
  const reviser = scriptedModel({ id: "reviser", generate: () => "Ask whoever lives there." });
  const feedback = scriptedModel({
    id: "feedback",
    choose: ({ prompt }) => (/\(A\) \[\[\[Break it [02468]/.test(promptText(prompt)) ? [0.8, 0.2] : [0.2, 0.8]),
  });
  const drawn: GenerationOptions[] = [];
  const noting = (model: LanguageModel): LanguageModel => ({
    ...model,
    generate: (requests, options) => model.generate(requests, drawn[drawn.push(options) - 1] ?? options),
  });
  const config = {
    constitution: "constitution.yaml",
    models: { initial: noting(policy), reviser: noting(reviser), feedback },
    prompts: { redTeam: "red.txt", helpful: "helpful.txt" },
    format: "turns",
    rounds: 1,
    critique: false,
    hardLabels: true,
    sampling: { temperature: 0.7, revisions: { temperature: 0.3 }, revisionTokens: 40 },
  };
  const loaded = loadedConfig(config, join(folder, "precept.config.ts"));
  const options = { loaded, command: "test", progress: silentProgress, env: {}, cache: false } as const;
  const run = await runProject({ ...options, signal: new AbortController().signal });

  expect(reviser.calls).toHaveLength(2);
  for (const { prompt } of reviser.calls) {
    expect(promptText(prompt)).toContain("That answer breaks this rule: The answer does not help anybody to break in.");
  }
  expect(drawn.filter(({ maxTokens }) => maxTokens === 40).map(({ temperature }) => temperature)).toEqual([0.3]);
  expect(drawn.filter(({ maxTokens }) => maxTokens === 512).map(({ temperature }) => temperature)).not.toContain(0.3);
  const records = await loadRecords(join(run.folder, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
  const labels = records.flatMap((record) => (record.type === "comparison" ? [record] : []));
  expect(labels.map(({ label, templateVersion }) => [label, templateVersion])).toEqual(
    labels.map(({ responses }) => [/[02468]\.$/.test(responses[0]) ? 1 : 0, "turns-1"]),
  );
  expect(labels.map(({ principleId }) => principleId).sort()).toEqual(["helpful", "no-break-ins", "no-break-ins"]);
  const sft = readFileSync(join(run.folder, "datasets", "trl", "sft.jsonl"), "utf8");
  expect(sft.match(/Ask whoever lives there\./g)).toHaveLength(2);
});

test("init writes the settings that small models need, and they are read", async () => {
  const folder = folderOf({});
  await initProject(folder, { ...defaultAnswers, model: "ollama:small", format: "turns" });
  const text = readFileSync(join(folder, "precept.config.ts"), "utf8");
  for (const setting of ['format: "turns"', "rounds: 1", "critique: false", "hardLabels: true", "revisionTokens: 80"])
    expect(text).toContain(setting);
});
