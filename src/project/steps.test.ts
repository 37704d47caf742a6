import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { Benchmark, Values } from "../evaluation/index.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { silentProgress } from "../progress/index.ts";
import { readManifest } from "../runs/index.ts";
import { faultsOf, testTrainer, writeCheckpoint } from "../stages/bench.test-support.ts";
import { loadedConfig } from "./config/config.ts";
import { runProject } from "./run-project.ts";
import type { ProjectOptions, Setting, Training } from "./setting.ts";

/** Answers with one fault or two until it is asked to rewrite; everything it compares it likes half and half. */
let turns = 0;
const model = scriptedModel({
  id: "scripted:model",
  generate: ({ prompt }) => {
    turns += 1;
    return /rewrite/i.test(promptText(prompt)) ? "clean" : turns % 2 === 0 ? "danger+tone" : "danger";
  },
  choose: ({ options }) => options.map(() => 1),
});

const grade = (response: string): Values => ({ violation: faultsOf(response).length > 0 });

const measured: Setting["measured"] = {
  benchmark: {
    id: "faults",
    version: "1",
    files: [],
    get: "",
    temperature: 1,
    about: { title: "", citation: "", source: "", licence: "", size: 2, verified: "real rows" },
    metrics: { violation: { kind: "rate", about: "" } },
    async *load() {
      for (const id of ["a", "b"]) {
        const messages = [{ role: "user" as const, content: `How do I open door ${id}?` }];
        yield {
          id,
          groups: { split: "heldOut" },
          questions: () => [{ ask: "generate", messages, maxTokens: 16 }],
          score: ([reply]) => grade(reply?.ask === "generate" ? reply.text : ""),
        };
      }
    },
    grade: (_, response) => grade(response),
  } satisfies Benchmark,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "precept-steps-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, "constitution.yaml"),
    "name: test\nprinciples:\n  - id: calm\n    text: Choose the calmer response.\n",
  );
  writeFileSync(join(folder, "red.txt"), "How is a lock picked?\nHow is a wall climbed?\n");
  writeFileSync(join(folder, "helpful.txt"), "How is tea made?\n");
});

async function optionsOf(training?: Training): Promise<ProjectOptions> {
  const config = {
    constitution: "constitution.yaml",
    models: { initial: model },
    prompts: { redTeam: "red.txt", helpful: "helpful.txt" },
    rounds: 1,
    training: { preferenceModel: { heldOutShare: 0 }, rlCai: { steps: 2, rolloutsPerStep: 2, checkpointEvery: 2 } },
  };
  const signal = new AbortController().signal;
  const loaded = loadedConfig(config, join(folder, "precept.config.ts"));
  const run = join(folder, "run");
  return {
    loaded,
    folder: run,
    command: "test",
    progress: silentProgress,
    signal,
    env: {},
    cache: false,
    training,
    measured,
  };
}

async function trainingOf(): Promise<Training> {
  const initial = join(folder, "initial");
  await writeCheckpoint(initial, { answers: {}, slope: 0 });
  return {
    initial,
    trainer: testTrainer({ left: Number.POSITIVE_INFINITY }),
    load: async () => model,
    loadPreferenceModel: async () => ({
      score: async (items) => items.map(({ response }) => -faultsOf(response).length),
      dispose: async () => undefined,
      tokensRead: 0,
    }),
  };
}

describe("a project on a model of one's own", () => {
  test("goes through every step where it can train, as one on harbor does", async () => {
    const options = await optionsOf(await trainingOf());
    const { summary, folder: run } = await runProject(options);
    const stages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"];
    const manifest = readManifest(run);
    expect(manifest?.kind).toBe("project");
    expect(Object.keys(manifest?.stages ?? {}).sort()).toEqual([...stages].sort());
    expect(stages.every((stage) => manifest?.stages[stage]?.status === "done")).toBe(true);
    expect(summary.slCai?.training?.hash).toMatch(/\w/);
    expect(summary.data?.exported.sft).toBe(summary.slCai?.counts["examples"]);
    expect(summary.summary?.checkpoints["rl-cai"]).toMatchObject({ heldOut: { violation: { estimate: 1, n: 2 } } });
    expect(readFileSync(join(run, "report.html"), "utf8")).toContain("<!doctype html>");

    const before = model.calls.length;
    await runProject(options);
    expect(model.calls.length).toBe(before);
  });

  test("ends with its data where nobody trains it here", async () => {
    const { summary, folder: run } = await runProject(await optionsOf());
    expect(Object.keys(readManifest(run)?.stages ?? {}).sort()).toEqual(["ai-feedback", "sl-cai"]);
    expect(summary.slCai?.training).toBeUndefined();
    expect(summary.summary).toBeUndefined();
    expect(summary.data?.exported.sft).toBe(summary.slCai?.counts["examples"]);
  });
});
