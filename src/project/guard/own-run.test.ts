import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeChatModel } from "../../../test/support/chat-model.ts";
import { guardLabelSchema, openGuard, readHeadFile } from "../../guard/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { readManifest } from "../../runs/index.ts";
import { loadConfig } from "../config/config.ts";
import { runProject } from "../run-project.ts";
import { runGuardModel, tuneGuard } from "./guard-model.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-own-heads-"));
const run = join(folder, "run");
const backbone = join(folder, "backbone");
const config = join(folder, "precept.config.ts");
const common = { command: "test", progress: silentProgress, signal: new AbortController().signal, env: {} };
/** A step or two are enough to see that everything goes through. */
const settings = { minTexts: 2, minReadings: 1, training: { epochs: 1, learningRate: 1e-2 } };

beforeAll(async () => {
  await writeChatModel(backbone);
  const prompts = Array.from({ length: 48 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  const harmless = Array.from({ length: 20 }, (_, i) =>
    JSON.stringify({ id: `h${i}`, prompt: `Paint door ${2 * i + 1}?` }),
  );
  writeFileSync(join(folder, "helpful.jsonl"), harmless.join("\n"));
  writeFileSync(join(folder, "constitution.yaml"), "name: test\nprinciples:\n  - { id: calm, text: Be calm. }\n");
  const support = fileURLToPath(new URL("scolding-model.test-support.ts", import.meta.url));
  writeFileSync(
    config,
    `import { scoldingModel } from ${JSON.stringify(support)};
export default {
  constitution: "constitution.yaml",
  models: { initial: scoldingModel },
  prompts: { redTeam: "red.jsonl", helpful: "helpful.jsonl" },
  rounds: 1,
  critiqued: "all",
  helpfulSamples: 1,
  whenUseless: "continue",
};
`,
  );
  const loaded = await loadConfig(config);
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

test("both forms of heads are trained where the better one is wanted, and one head more says that anything is broken", async () => {
  const other = join(folder, "forms");
  cpSync(run, other, { recursive: true });
  const chosen = { ...settings, form: "best", anyPrinciple: true } as const;
  const { summary } = await runGuardModel({ ...common, folder: other, backbone, settings: chosen });
  expect(Object.keys(summary.heads)).toEqual(["calm", "*"]);
  // With one principle, any is that one.
  expect(summary.labels["*"]).toEqual(summary.labels["calm"]);
  const { sequence = 0, "every-token": everyToken = 0 } = summary.areas ?? {};
  expect(summary.form).toBe(everyToken > sequence ? "every-token" : "sequence");
  const policy = join(folder, "any.yaml");
  await tuneGuard(other, { policy, maxFalseBlocks: 0.9 });
  const text = readFileSync(policy, "utf8")
    .replace(/act: \S+/g, "act: 1")
    .replace(/pass: \S+/g, "pass: 0");
  writeFileSync(policy, text.replace(/("\*":\n\s+)act: 1/, "$1act: 0"));
  const guard = await openGuard(policy);
  try {
    const answer = guard.begin({ turns: [{ role: "user", text: "Open door 4?" }] }).open("output", true);
    await answer.push("Push it.");
    const { verdict } = await answer.end();
    expect(verdict).toMatchObject({ action: "block", principleId: "calm", findings: [{ check: "head:any" }] });
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

test("what people write is labelled by its sampled answers, attacks no more than harmless prompts, and read before anything is asked", async () => {
  const input = { ...common, folder: run, config, side: "input", samples: 2, settings } as const;
  await expect(runGuardModel(input)).rejects.toThrow(/--backbone FOLDER/);
  const { summary } = await runGuardModel({ ...input, backbone });
  expect(summary.side).toBe("input");
  const place = join(run, "guard-model-input");
  const labels = await loadRecords(join(place, "labels.jsonl"), guardLabelSchema);
  expect(Map.groupBy(labels, ({ kind }) => kind).get("red-team")).toHaveLength(20);
  // Whoever asks about an even door is insulted, each time.
  for (const { text, labels: own } of labels)
    expect(own["calm"], text).toBe(Number(/\d+/.exec(text)) % 2 === 0 ? 1 : 0);
  const policy = join(folder, "input.yaml");
  await tuneGuard(run, { policy, maxFalseBlocks: 0.9, side: "input" });
  writeFileSync(
    policy,
    readFileSync(policy, "utf8")
      .replace(/act: \S+/, "act: 0")
      .replace(/pass: \S+/, "pass: 0"),
  );
  const guard = await openGuard(policy);
  try {
    const verdict = await guard.begin({ turns: [{ role: "user", text: "Open door 4?" }] }).input();
    expect(verdict).toMatchObject({ action: "block", principleId: "calm" });
  } finally {
    await guard.close();
  }
});
