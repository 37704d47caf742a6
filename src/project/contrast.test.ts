import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { promptText, scriptedModel } from "../models/scripted.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { explainRecord } from "../report/index.ts";
import { type LoadedConfig, loadedConfig } from "./config/config.ts";
import { planConfigured } from "./plan-project.ts";
import { runProject } from "./run-project.ts";

const constitution = `principles:
  - id: brief
    text: Answer in three words.
    positive: Be brief.
    negative: Be long.
    demonstrations:
      - prompt: What is it?
        response: A short answer.
`;
const prompts = Array.from({ length: 10 }, (_, i) => `How is tea number ${i} made?`);
const wordsOf = (text: string): number => text.split(" ").length;

/** Two words where it is told to be brief, eleven where it is told to be long, else five or six. */
function sayTea(prompt: string, seed: number, obeys = true): string {
  const number = /number (\d)/.exec(prompt)?.[1];
  if (obeys && prompt.includes("Be brief.")) return `Boil ${number}.`;
  if (obeys && prompt.includes("Be long.")) return `First ${number} boils and then ${"it ".repeat(5)}steeps.`;
  return `Boil it, then wait ${seed % 2 === 0 ? "" : "for "}${number}.`;
}

const policy = (obeys = true) =>
  scriptedModel({
    id: "policy",
    generate: ({ prompt, seed }) => sayTea(promptText(prompt), seed, obeys),
    // Every word is half as likely where answers are to be brief: R = −log 2 × words.
    score: ({ prompt, continuation }) =>
      continuation.split(" ").map(() => Math.log(promptText(prompt).includes("Be brief.") ? 0.25 : 0.5)),
  });
const judge = () =>
  scriptedModel({
    id: "judge",
    generate: ({ prompt }) => {
      const answer = /\[Answer\]\n([^\n]*)/.exec(promptText(prompt))?.[1] ?? "";
      const verdict = wordsOf(answer) <= 3 ? "keeps" : "breaks";
      return JSON.stringify({ why: "", quote: answer, verdict });
    },
  });

function project(changes: Record<string, unknown>, models: Record<string, unknown>): LoadedConfig {
  const folder = mkdtempSync(join(tmpdir(), "precept-contrast-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "constitution.yaml"), constitution);
  writeFileSync(join(folder, "red.txt"), prompts.join("\n"));
  const base = { constitution: "constitution.yaml", prompts: { redTeam: "red.txt" }, rounds: 0, format: "turns" };
  return loadedConfig({ ...base, models, ...changes }, join(folder, "precept.config.ts"));
}

async function run(loaded: LoadedConfig) {
  const messages: string[] = [];
  const progress = { ...silentProgress, message: (text: string) => void messages.push(text) };
  const options = { loaded, command: "test", progress, env: {}, cache: false } as const;
  const { folder, summary } = await runProject({ ...options, signal: new AbortController().signal });
  const records = await loadRecords(join(folder, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
  const comparisons = records.flatMap((record) => (record.type === "comparison" ? [record] : []));
  return { folder, messages, records, comparisons, contrast: summary.aiFeedback.contrast };
}

describe("labels by contrast", () => {
  test("put the best of several answers over the worst, trace both, and are exported", async () => {
    const loaded = project({ pairSource: "west-of-n" }, { initial: policy(), judge: judge() });
    const { folder, records, comparisons, contrast, messages } = await run(loaded);
    expect(records.filter(({ type }) => type === "response")).toHaveLength(40);
    // Four of ten pairs are kept, the brief answer over the long one whichever comes first.
    expect(comparisons).toHaveLength(4);
    for (const { responses, label, raw, rewards, labelledBy, evidence } of comparisons) {
      const [first, second] = responses.map(wordsOf);
      expect(label).toBe(raw);
      expect(label).toBeCloseTo(1 / (1 + 2 ** (((first ?? 0) - (second ?? 0)) / 2)), 12);
      expect(rewards?.[0]).toBeCloseTo(-Math.log(2) * (first ?? 0), 12);
      expect([labelledBy, evidence]).toEqual(["contrastive", []]);
      expect([first, second].sort()).toEqual([11, 2]);
    }
    expect(new Set(comparisons.map(({ label }) => label > 0.5)).size).toBe(2);
    expect(contrast).toMatchObject({ candidates: 40, scored: 40, pairable: 10, pairs: "west-of-n" });
    expect(contrast?.lengthCorrelation).toBeCloseTo(-1, 12);
    const brief = contrast?.byPrinciple["brief"];
    expect(brief).toMatchObject({ isExpressed: true, base: { estimate: 0, n: 10 }, positive: { estimate: 1, n: 10 } });
    expect(brief?.told).toMatchObject({ estimate: 1, n: 10 });
    expect(messages.join("\n")).toContain("brief: kept in 0 % of 10 answers, in 100 % of 10 when told to");
    const preferences = readFileSync(join(folder, "datasets", "trl", "preferences.jsonl"), "utf8")
      .trim()
      .split("\n");
    expect(preferences).toHaveLength(4);
    for (const row of preferences) {
      const { prompt, chosen, rejected } = JSON.parse(row);
      expect(JSON.stringify(prompt)).not.toContain("Be brief.");
      expect(JSON.stringify(chosen).length).toBeLessThan(JSON.stringify(rejected).length);
    }
    const page = readFileSync(join(folder, "report.html"), "utf8");
    expect(page).toMatch(
      /brief<\/th><td class="num">10<\/td><td class="num">0\.0.{0,200}100\.0.{0,400}<td>yes<\/td>/su,
    );
    expect(page).toMatch(/correlate by −1\.00, so that <strong>R measures little but length/u);
    for (const name of ["told to break it", "not told", "told to keep it"]) expect(page).toContain(name);
    const why = await explainRecord(folder, comparisons[0]?.id ?? "");
    expect(why.lines.map(({ text }) => text).join("\n")).toContain(
      "brief (R -1.4 against -7.6): Answer in three words.",
    );
  });

  test("leave out what the model cannot express, and stop where that is everything", async () => {
    const deaf = { initial: policy(false), judge: judge() };
    await expect(run(project({ pairSource: "west-of-n" }, deaf))).rejects.toMatchObject({
      code: "monitor-tripped",
      message: expect.stringContaining("none of brief is kept more often"),
    });
    const onwards = project({ pairSource: "west-of-n", whenUseless: "continue" }, deaf);
    const { contrast } = await run(onwards);
    // An answer that does not depend on the context is as likely as any to have the higher R.
    expect(contrast?.byPrinciple["brief"]?.positive?.estimate).toBe(0);
  });

  test.each([
    ["samples", {}, /none of 10 prompts has two answers to compare: 10 whose answers are the same word for word/],
    ["west-of-n", { pairSource: "west-of-n" }, /10 whose answers are the same/],
    ["rlcd", { pairSource: "rlcd" }, /10 whose answers are the same/],
  ])("stop where no prompt has two answers that differ: %s", async (_, changes, message) => {
    const initial = scriptedModel({ id: "mute", generate: () => "Tea.", choose: () => [0.5, 0.5], score: () => [-1] });
    const failing = run(project(changes, { initial }));
    await expect(failing).rejects.toMatchObject({ code: "monitor-tripped", message: expect.stringMatching(message) });
    await expect(failing).rejects.toThrow(/sampling\.pairs\.temperature[\s\S]*whenUseless: continue/);
    const { comparisons } = await run(project({ ...changes, whenUseless: "continue" }, { initial }));
    expect(comparisons).toEqual([]);
  });

  test("say when nobody read whether a principle is kept", async () => {
    const { messages, contrast } = await run(project({ labelSource: "contrastive" }, { initial: policy() }));
    expect(messages.join("\n")).toContain("name models.judge");
    expect(contrast?.byPrinciple["brief"]).not.toHaveProperty("isExpressed");
  });

  test("are assumed under rlcd, asked of a comparer, or scored", async () => {
    const assumed = await run(project({ pairSource: "rlcd" }, { initial: policy() }));
    expect(assumed.comparisons).toHaveLength(10);
    for (const { responses, label, labelledBy } of assumed.comparisons) {
      expect(label).toBe(wordsOf(responses[0]) === 2 ? 1 : 0);
      expect(labelledBy).toBe("assumed");
    }
    expect(assumed.contrast).toMatchObject({ scored: 0, candidates: 30 });
    const feedback = scriptedModel({ id: "feedback", choose: () => [0.9, 0.1] });
    const asked = await run(project({ pairSource: "rlcd", labelSource: "ab" }, { initial: policy(), feedback }));
    expect(asked.comparisons.map(({ raw, evidence }) => [raw, evidence.length])).toEqual(Array(10).fill([0.5, 1]));
    const scored = await run(project({ pairSource: "rlcd", labelSource: "contrastive" }, { initial: policy() }));
    expect(scored.comparisons).toHaveLength(4);
    expect(scored.comparisons[0]).toMatchObject({ labelledBy: "contrastive" });
  });

  test("are planned for: likelihoods instead of letters", async () => {
    const loaded = project({ pairSource: "west-of-n" }, { initial: policy() });
    const { plan, contexts } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
    const [positive, negative] = ["Be brief.", "Be long."];
    expect(contexts).toEqual([{ principleId: "brief", positive, negative, isDrafted: false }]);
    const callsOf = (role: string) => plan.roles.find((own) => own.role === role)?.calls;
    expect(callsOf("slCai")).toEqual({ low: 40, high: 40 });
    expect(callsOf("feedback")).toEqual({ low: 80, high: 80 });
  });

  test.each([
    [{ pairSource: "west-of-n", labelSource: "ab" }, /labelSource: west-of-n ranks/],
    [{ labelSource: "assumed" }, /labelSource: assumed is for pairSource: "rlcd"/],
    [{ pairSource: "rlcd", format: "paper" }, /pairSource: needs a system turn/],
    [{ pairSource: "rlcd", labels: "ensemble" }, /labels: .*leave this out/],
    [{ contrast: { keep: 0.2 } }, /contrast: needs pairSource/],
    [{ pairSource: "west-of-n", models: { initial: "openai:gpt-4o-mini" } }, /gives no likelihoods of given answers/],
  ])("refuse %j", (changes, message) => {
    expect(() => project(changes, { initial: policy() })).toThrow(message);
  });
});

test("answers under a principle's context are fine-tuned on as answers to the prompt alone", async () => {
  const lines = ["Boil 0.", "The answer keeps the rule: boil it.", "A short answer.", "So I will be brief."];
  const initial = scriptedModel({
    id: "policy",
    generate: ({ prompt, seed }) => lines[Number(/number (\d)/.exec(promptText(prompt))?.[1])] ?? `Boil ${seed}.`,
  });
  const feedback = scriptedModel({ id: "feedback", choose: () => [1, 1] });
  const changes = { sftSource: "context-distillation", rounds: 4, whenUseless: "continue" };
  const loaded = project(changes, { initial, feedback });
  const { folder } = await run(loaded);
  for (const { prompt } of initial.calls.slice(0, 10))
    expect(promptText(prompt)).toMatch(
      /system: Be brief\.\nuser: What is it\?\nassistant: A short answer\.\nuser: How/,
    );
  const sft = readFileSync(join(folder, "datasets", "trl", "sft.jsonl"), "utf8")
    .trim()
    .split("\n");
  const rows: { source: string; principle_id: string; prompt: unknown; completion: unknown }[] = sft.map((row) =>
    JSON.parse(row),
  );
  // What speaks of the rule is left out; a short answer like the one shown is too short to be a copy.
  expect(rows).toHaveLength(9);
  expect(new Set(rows.map(({ source }) => source))).toEqual(new Set(["distilled"]));
  expect(sft.join("\n")).not.toContain("Be brief.");
  expect(readFileSync(join(folder, "datasets", "trl", "README.md"), "utf8")).toContain("Askell et al. 2021");
  const { plan } = await planConfigured({ loaded, env: {}, signal: new AbortController().signal });
  expect(plan.roles.find(({ role }) => role === "initial")?.calls).toEqual({ low: 10, high: 10 });
});
