import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeChatModel } from "../../test/support/chat-model.ts";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { dpoSummarySchema } from "../stages/index.ts";
import { loadedConfig } from "./config/config.ts";
import { runProject } from "./run-project.ts";

test("a model of this machine labels its own answers, learns from them, and is measured beside its control", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-contrast-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  await writeChatModel(join(folder, "model"));
  writeFileSync(join(folder, "red.txt"), Array.from({ length: 6 }, (_, i) => `Open door ${i}?`).join("\n"));
  writeFileSync(join(folder, "constitution.yaml"), "principles:\n  - id: calm\n    text: The answer is calm.\n");
  const config = {
    constitution: "constitution.yaml",
    models: { initial: "local:model" },
    prompts: { redTeam: "red.txt" },
    format: "turns",
    sftSource: "context-distillation",
    pairSource: "west-of-n",
    contrast: { keep: 1, neutral: 1 },
    whenUseless: "continue",
    sampling: { responseTokens: 8 },
    training: { slCai: { epochs: 1 }, dpo: { epochs: 1, heldOutShare: 0 } },
    evaluate: { items: 2 },
  };
  const { folder: run, summary } = await runProject({
    loaded: loadedConfig(config, join(folder, "precept.config.ts")),
    folder: join(folder, "run"),
    command: "test",
    progress: silentProgress,
    signal: new AbortController().signal,
    env: {},
    cache: false,
  });
  const records = await loadRecords(join(run, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
  const contrasts = records.flatMap((record) => (record.type === "contrast" ? [record] : []));
  expect(contrasts).toHaveLength(18);
  // A model of made weights still finds an answer more or less likely by what stands before it.
  expect(new Set(contrasts.map(({ positive, negative }) => positive === negative))).toEqual(new Set([false]));
  const labels = records.flatMap((record) => (record.type === "comparison" ? [record.label > 0.5] : []));
  expect(labels.length).toBeGreaterThan(3);
  expect(new Set(labels).size).toBe(2);
  const dpo = dpoSummarySchema.parse(JSON.parse(readFileSync(join(run, "dpo", "summary.json"), "utf8")));
  expect(dpo.shuffled?.steps).toBe(dpo.training.steps);
  expect(dpo.shuffled?.hash).not.toBe(dpo.training.hash);
  expect(summary.summary?.shuffledLabels).toBeDefined();
  expect(Object.keys(summary.summary?.checkpoints ?? {})).toEqual(["initial", "sl-cai", "dpo"]);
  expect(readFileSync(join(run, "report.html"), "utf8")).toContain("Shuffled labels");
}, 300_000);
