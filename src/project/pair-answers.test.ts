import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { promptText, scriptedModel } from "../models/scripted.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { type LoadedConfig, loadedConfig } from "./config/config.ts";
import { planConfigured } from "./plan-project.ts";
import { runProject } from "./run-project.ts";

const prompts = Array.from({ length: 6 }, (_, i) => `How is tea number ${i} made?`);

/** The initial model helps; the tuned one mostly declines, in words that vary little. */
const models = () => ({
  initial: scriptedModel({
    id: "initial",
    generate: ({ prompt }) => `Boil number ${/number (\d)/.exec(promptText(prompt))?.[1]} and wait.`,
  }),
  slCai: scriptedModel({ id: "tuned", generate: ({ seed }) => `I cannot help with that, it hurts ${seed % 3}.` }),
  feedback: scriptedModel({ id: "feedback", generate: () => "So neither.", choose: () => [1, 1] }),
});

function project(changes: Record<string, unknown>): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), "precept-pair-answers-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "constitution.yaml"), "principles:\n  - id: kind\n    text: Be kind.\n");
  writeFileSync(join(folder, "red.txt"), prompts.join("\n"));
  const base = {
    constitution: "constitution.yaml",
    prompts: { redTeam: "red.txt" },
    rounds: 0,
    whenUseless: "continue",
  };
  return loadedConfig({ ...base, models: models(), ...changes }, join(folder, "precept.config.ts"));
}

test("of three answers of the tuned model and one of the initial model, the two least alike are compared", async () => {
  const loaded = project({ pairAnswers: { slCai: 3, initial: 1 } });
  const options = { loaded, command: "test", progress: silentProgress, env: {}, cache: false } as const;
  const { folder } = await runProject({ ...options, signal: new AbortController().signal });
  const records = await loadRecords(join(folder, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
  const responses = records.filter((record) => record.type === "response");
  const modelsOf = (promptId: string): string[] =>
    responses.flatMap((record) => (record.promptId === promptId ? [`${record.sample} ${record.model}`] : []));
  const [first] = responses;
  expect(modelsOf(first?.promptId ?? "").sort()).toEqual(["0 tuned", "1 tuned", "2 tuned", "3 initial"]);
  expect(new Set(responses.map(({ id }) => id)).size).toBe(4 * prompts.length);
  const comparisons = records.filter((record) => record.type === "comparison");
  expect(comparisons).toHaveLength(prompts.length);
  for (const { parents } of comparisons) expect(parents[1]).toMatch(/response-3$/);
});

test("every answer is planned for, by the model that gives it", async () => {
  const loaded = project({ pairAnswers: { slCai: 3, initial: 1 } });
  const { plan } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
  const callsOf = (role: string) => plan.roles.find((own) => own.role === role)?.calls.high;
  const without = await planConfigured({ loaded: project({}), env: {}, signal: new AbortController().signal });
  const before = without.plan.roles.find(({ role }) => role === "initial")?.calls.high ?? 0;
  expect([callsOf("slCai"), callsOf("initial")]).toEqual([3 * prompts.length, before + prompts.length]);
});

test.each([
  [{ pairAnswers: { slCai: 1 } }, /pairAnswers: needs two answers/],
  [{ pairAnswers: { slCai: 4 }, pairSource: "rlcd" }, /pairAnswers: is for pairSource: samples/],
])("refuses %j", (changes, message) => {
  expect(() => project(changes)).toThrow(message);
});
