import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeChatModel } from "../../../test/support/chat-model.ts";
import { guardLabelSchema, openGuard, readHeadFile } from "../../guard/index.ts";
import type { Generation, LanguageModel } from "../../language-model.ts";
import { silentProgress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { readManifest } from "../../runs/index.ts";
import { loadedConfig } from "../config/config.ts";
import { runProject } from "../run-project.ts";
import { runGuardModel, tuneGuard } from "./guard-model.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-own-heads-"));
const run = join(folder, "run");
const backbone = join(folder, "backbone");
const common = { command: "test", progress: silentProgress, signal: new AbortController().signal, env: {} };
/** A step or two are enough to see that everything goes through. */
const settings = { minTexts: 2, minReadings: 1, training: { epochs: 1, learningRate: 1e-2 } };

/** Of another machine: it insults who asks about an even door, finds that in answers when it criticises, and takes it out. */
const hosted: LanguageModel = {
  id: "somewhere:far",
  capabilities: { logprobs: true, prefill: false, rawCompletion: false },
  async *generate(requests): AsyncGenerator<Generation> {
    for (const { id, prompt } of requests) {
      const asked = typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? "");
      const isInsult = asked.includes("you fool");
      const door = /door (\d+)/.exec(asked)?.[1] ?? "0";
      const text = asked.includes('"Finding: breaks"')
        ? `So it is.\nFinding: ${isInsult ? "breaks" : "keeps"}`
        : Number(door) % 2 === 0 && !asked.includes("Reply with the text")
          ? `Push door ${door}, you fool.`
          : `Push door ${door} and hold it.`;
      yield { id, text, finishReason: "stop", usage: { promptTokens: 1, completionTokens: 1 } };
    }
  },
  async *choose(requests) {
    for (const { id } of requests)
      yield { id, probabilities: [0.6, 0.4], method: "logprobs", usage: { promptTokens: 1, completionTokens: 1 } };
  },
  score: () => {
    throw new Error("nobody asks for likelihoods here");
  },
};

beforeAll(async () => {
  await writeChatModel(backbone);
  const prompts = Array.from({ length: 48 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  writeFileSync(join(folder, "helpful.txt"), "How is tea made?\nWhat is rain?\n");
  writeFileSync(join(folder, "constitution.yaml"), "name: test\nprinciples:\n  - { id: calm, text: Be calm. }\n");
  const config = {
    constitution: "constitution.yaml",
    models: { initial: hosted },
    prompts: { redTeam: "red.jsonl", helpful: "helpful.txt" },
    rounds: 1,
    critiqued: "all",
    helpfulSamples: 1,
    whenUseless: "continue",
  };
  const loaded = loadedConfig(config, join(folder, "precept.config.ts"));
  await runProject({ ...common, loaded, folder: run, cache: false });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a run with a hosted model says which weights are lacking, before anything is trained", async () => {
  await expect(runGuardModel({ ...common, folder: run })).rejects.toMatchObject({
    code: "usage",
    message: expect.stringMatching(/somewhere:far, whose weights are not here[\s\S]*--backbone FOLDER/),
  });
});

test("its critiques teach heads on an open-weights model, and the guard that they make names the principle", async () => {
  const before = readManifest(run);
  const { summary } = await runGuardModel({ ...common, folder: run, backbone, settings });
  expect(Object.keys(summary.heads)).toEqual(["calm"]);
  const labels = await loadRecords(join(run, "guard-model", "labels.jsonl"), guardLabelSchema);
  expect(labels.filter(({ labels: own }) => own["calm"] === 1).length).toBeGreaterThanOrEqual(20);
  for (const { text, labels: own } of labels) expect(own["calm"]).toBe(text.includes("fool") ? 1 : 0);
  const after = readManifest(run);
  expect(after).toMatchObject({ of: before?.of, config: before?.config, inputs: before?.inputs });
  expect(after?.stages["sl-cai"]).toEqual(before?.stages["sl-cai"]);
  const again = await runGuardModel({ ...common, folder: run, backbone, settings });
  expect(again.unchanged).toBe(true);
  const file = await readHeadFile(join(run, "guard-model"));
  // Turns are the chat template's affair.
  expect(file).toMatchObject({ side: "output", window: 4 });
  expect(file).not.toHaveProperty("frame");
  await expect(tuneGuard(run, { policy: join(folder, "none.yaml"), maxFalseBlocks: 0.01 })).rejects.toThrow(
    /needs n ≥/,
  );
  const policy = join(folder, "guard.yaml");
  writeFileSync(
    policy,
    `constitution: run/constitution.yaml\nchecks: { output: run/guard-model }\nprinciples: { calm: { act: 0, pass: 0 } }\n`,
  );
  const guard = await openGuard(policy);
  try {
    const text = guard.begin({ turns: [{ role: "user", text: "Open door 4?" }] }).open("output", true);
    await text.push("Push door 4, you fool.");
    expect((await text.end()).verdict).toMatchObject({ action: "block", principleId: "calm" });
  } finally {
    await guard.close();
  }
});

test("a large backbone learns by an adapter, which stands beside it", async () => {
  const other = join(folder, "other");
  cpSync(run, other, { recursive: true });
  const adapter = { rank: 2 };
  await runGuardModel({ ...common, folder: other, backbone, settings: { ...settings, adapter, window: 16 } });
  const file = await readHeadFile(join(other, "guard-model"));
  expect(file.window).toBe(16);
  const { openTokenClassifier } = await import("../../guard/local/index.ts");
  const classifier = await openTokenClassifier(join(other, "guard-model"));
  try {
    const { logits, ends } = await classifier.read({ turns: [{ role: "user", text: "Open door 4?" }] }, "Push it.");
    expect(logits).toHaveLength(ends.length);
    expect(logits.every(Number.isFinite)).toBe(true);
  } finally {
    await classifier.dispose();
  }
});
