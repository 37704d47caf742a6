import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { writeChatModel } from "../../test/support/chat-model.ts";
import { type ModelServer, startModelServer } from "../../test/support/model-server/server.ts";
import { findTrl } from "../../test/support/python.ts";
import { findSubjects, readCheck } from "../evaluation/index.ts";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { silentProgress } from "../progress/index.ts";
import { loadRecords } from "../records/index.ts";
import { explainRecord } from "../report/index.ts";
import { readManifest } from "../runs/index.ts";
import { eventsIn } from "../training/engines/index.ts";
import { loadAdapter, loadCheckpoint } from "../transformer/index.ts";
import { openChat } from "./chat.ts";
import { loadedConfig } from "./config/config.ts";
import { loadHarbor } from "./harbor/load-harbor.ts";
import { planConfigured } from "./plan-project.ts";
import { runProject } from "./run-project.ts";

let server: ModelServer;
let folder: string;
beforeAll(async () => {
  server = await startModelServer();
  folder = mkdtempSync(join(tmpdir(), "precept-local-"));
  await writeChatModel(join(folder, "model"));
  const prompts = Array.from({ length: 12 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `Open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  writeFileSync(join(folder, "helpful.txt"), "How is tea made?\nWhat is rain?\n");
  writeFileSync(join(folder, "fresh.txt"), "How is coffee made?\n");
  const principles = "  - id: calm\n    text: Choose the calmer response.\n";
  writeFileSync(join(folder, "constitution.yaml"), `name: test\nprinciples:\n${principles}`);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const run = (changes: Record<string, unknown> = {}, out = mkdtempSync(join(folder, "run-"))) => {
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const config = {
    constitution: "constitution.yaml",
    models: { initial: "local:model", feedback: server.url },
    prompts: { redTeam: "red.jsonl", helpful: "helpful.txt" },
    rounds: 1,
    chainOfThought: false,
    whenUseless: "continue",
    sampling: { responseTokens: 160, critiqueTokens: 16 },
    ...changes,
  };
  return runProject({
    loaded: loadedConfig(config, join(folder, "precept.config.ts")),
    folder: out,
    command: "test",
    progress: silentProgress,
    signal: new AbortController().signal,
    env: {},
    cache: false,
  });
};

describe("a project whose model is a folder of this machine", () => {
  test("goes through to adapters, a paired measurement and the page, and is not done twice", async () => {
    const evaluate = { prompts: { redTeam: "red.jsonl", helpful: "fresh.txt" } };
    const out = mkdtempSync(join(folder, "run-"));
    const models = { initial: "local:model", reviser: server.url, feedback: server.url };
    const check = { inRun: true, items: 4, answerTokens: 24 };
    const { summary, folder: where } = await run({ evaluate, models, check }, out);
    const stages = ["sl-cai", "ai-feedback", "dpo", "evaluate", "check-before", "check-after"];
    const manifest = readManifest(where);
    expect(Object.keys(manifest?.stages ?? {}).sort()).toEqual([...stages].sort());
    // The revisions are another model's; each name says which, and the run keeps them.
    const name = `openai-compatible:toy@${server.url}`;
    expect(manifest?.models).toMatchObject({
      initial: expect.stringMatching(/^local:model@/),
      reviser: name,
      feedback: name,
    });
    const made = await loadRecords(join(where, "sl-cai", "records.jsonl"), feedbackRecordSchema);
    const makers = (type: string) => new Set(made.filter((record) => record.type === type).map(({ model }) => model));
    expect([...makers("revision"), ...makers("critique")]).toEqual([name, name]);
    expect([...makers("response")]).toEqual([expect.stringMatching(/^local:model@/)]);
    const adapter = await loadAdapter(join(where, "dpo", "checkpoint"));
    expect(adapter.config.rank).toBe(16);
    expect(adapter.base).toBe(join(where, "sl-cai", "checkpoint"));
    const [before, after] = await Promise.all([loadCheckpoint(join(folder, "model")), loadCheckpoint(`${where}@dpo`)]);
    const up = "model.layers.0.mlp.up_proj.weight";
    expect(after.weights.get(up)?.data).not.toEqual(before.weights.get(up)?.data);
    const rates = Object.values(summary.summary?.checkpoints ?? {}).map((splits) => splits?.["fresh"]);
    expect(rates).toHaveLength(3);
    for (const rate of rates) expect(rate).toMatchObject({ redTeamRefused: { n: 12 }, helpfulRefused: { n: 1 } });
    expect(summary.data?.exported.sft).toBe(summary.slCai?.counts["examples"]);
    // 12 answers and 2 × 2 helpful ones; two answers to 14 prompts; 13 answers of each checkpoint; 4 of the check on either side.
    const callsOf = (role: string): number => summary.spent[role]?.calls ?? 0;
    expect(["initial", "slCai", "evaluate"].map(callsOf)).toEqual([16 + 4, 28, 39 + 4]);
    expect(callsOf("judge")).toBe(2 * 4);
    // What is checked is what nothing was trained on, by the same judge on both sides, in pairs.
    const checked = readCheck(where);
    expect(checked?.subjects.map((subject) => subject.name)).toEqual([expect.stringMatching(/^local:model@/), "dpo"]);
    expect(checked?.comparisons[0]?.pairs).toBe(4);
    expect(manifest?.stages["check-after"]?.after).toContain("dpo");
    expect(callsOf("reviser")).toBeGreaterThan(0);
    // A limit in dollars holds over all roles: each has its price, that of a machine of one's own.
    expect(summary.spent["evaluate"]?.cost).toBe(0);
    expect(callsOf("feedback")).toBeGreaterThanOrEqual(2 * (summary.aiFeedback.counts["comparisons"] ?? 0));
    expect(readFileSync(join(where, "report.html"), "utf8")).toContain("DPO");

    const { subjects } = await findSubjects(where);
    expect(subjects.map((subject) => subject.name)).toEqual(["initial", "sl-cai", "dpo"]);
    expect((await findSubjects(`${where}@dpo`)).subjects).toHaveLength(1);
    const chat = await openChat(`${where}@sl-cai`);
    expect((await chat.ask("Hello", { seed: 1 })).request).toBe("Hello");
    await chat.close();
    const why = await explainRecord(where, "evaluate/dpo/prompts/red-team-p1/000");
    expect(why.nearest?.match).toBe("same");
    expect(why.nearest?.lines.map(({ label }) => label)).toContain("principle");

    const times = () => stages.map((stage) => readFileSync(join(where, stage, "summary.json"), "utf8"));
    const first = times();
    await run({ evaluate, models, check }, out);
    expect(times()).toEqual(first);
  }, 300_000);

  test("trains a preference model and by RL where it is asked to, all weights where it says so", async () => {
    const rlCai = { steps: 1, rolloutsPerStep: 8, samplesPerPrompt: 4, maxTokens: 16, checkpointEvery: 1 };
    const { summary, folder: where } = await run({ training: { adapter: "none", rlCai } });
    const stages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"];
    expect(Object.keys(readManifest(where)?.stages ?? {}).sort()).toEqual([...stages].sort());
    expect(existsSync(join(where, "rl-cai", "checkpoint", "model.safetensors"))).toBe(true);
    expect(Object.keys(summary.summary?.checkpoints ?? {})).toEqual(["initial", "sl-cai", "rl-cai"]);
    expect(summary.summary?.checkpoints["rl-cai"]).toHaveProperty("trained-on");
  }, 300_000);

  test("goes from the initial model straight to comparisons and DPO where nothing is to be revised", async () => {
    const check = { inRun: true, items: 2, answerTokens: 8 };
    const models = { initial: "local:model", feedback: server.url, judge: server.url };
    const { summary, folder: where } = await run({ rounds: undefined, models, check, training: { slCai: "none" } });
    const stages = ["ai-feedback", "check-after", "check-before", "dpo", "evaluate"];
    expect(Object.keys(readManifest(where)?.stages ?? {}).sort()).toEqual(stages);
    expect(summary.slCai).toBeUndefined();
    const made = await loadRecords(join(where, "ai-feedback", "records.jsonl"), feedbackRecordSchema);
    expect(new Set(made.flatMap(({ type, model }) => (type === "response" ? [model] : [])))).toEqual(
      new Set(["initial"]),
    );
    expect((await loadAdapter(join(where, "dpo", "checkpoint"))).base).toBe(join(folder, "model"));
    expect(Object.keys(summary.summary?.checkpoints ?? {})).toEqual(["initial", "dpo"]);
    expect((await findSubjects(where)).subjects.map(({ name }) => name)).toEqual(["initial", "dpo"]);
    expect(readCheck(where)?.subjects.map(({ name }) => name)).toEqual([expect.stringMatching(/^local:model/), "dpo"]);
    // The answers that are compared, those of both checkpoints and of both sides of the check: nothing was revised or tuned.
    expect(["initial", "slCai", "evaluate"].map((role) => summary.spent[role]?.calls)).toEqual([2, 28, 28 + 2]);
    expect(summary.data?.exported.files).toEqual(["preferences.jsonl", "README.md"]);
    const page = readFileSync(join(where, "report.html"), "utf8");
    expect(page).toContain("DPO");
    expect(page).not.toContain("SL-CAI");
  }, 300_000);

  test.skipIf(findTrl() === undefined)(
    "trains by TRL where one line says so, and is not done twice",
    async () => {
      vi.stubEnv("PRECEPT_PYTHON", findTrl());
      onTestFinished(() => void vi.unstubAllEnvs());
      const out = mkdtempSync(join(folder, "run-"));
      const models = { initial: "local:model", reviser: server.url, feedback: server.url };
      const { folder: where } = await run({ models, training: { engine: "python" } }, out);
      expect(Object.keys(readManifest(where)?.stages ?? {})).toEqual(
        expect.arrayContaining(["sl-cai", "dpo", "evaluate"]),
      );
      for (const stage of ["sl-cai", "dpo"]) {
        const events = eventsIn(join(where, stage));
        expect(events.some(({ type }) => type === "done")).toBe(true);
        const lines = readFileSync(join(where, stage, "metrics.jsonl"), "utf8")
          .trim()
          .split("\n");
        expect(lines.length).toBeGreaterThanOrEqual(events.filter(({ type }) => type === "step").length);
        expect((await loadAdapter(join(where, stage, "checkpoint"))).config.rank).toBe(16);
      }
      const checkpoint = join(where, "dpo", "checkpoint", "adapter_model.safetensors");
      const before = readFileSync(checkpoint);
      await run({ models, training: { engine: "python" } }, out);
      expect(readFileSync(checkpoint).equals(before)).toBe(true);
    },
    600_000,
  );

  test("ends with its data, and says why, where nothing is to be trained", async () => {
    const { summary, folder: where } = await run({ training: { engine: "none" } });
    expect(Object.keys(readManifest(where)?.stages ?? {}).sort()).toEqual(["ai-feedback", "sl-cai"]);
    expect(summary.summary).toBeUndefined();
    expect(summary.data?.exported.sft).toBeGreaterThan(0);
    expect(readFileSync(join(where, "report.html"), "utf8")).toContain("Nothing was trained or measured in this run");
  }, 300_000);

  test("keeps within a budget of calls, in this process too", async () => {
    await expect(run({ budget: { maxCalls: 20 } })).rejects.toMatchObject({ code: "budget-reached" });
  }, 300_000);
});

test("a plan of a project on harbor counts its calls and says nothing of time", async () => {
  const signal = new AbortController().signal;
  const { plan, isTrained, prompts } = await planConfigured({
    loaded: loadHarbor({ preset: "smoke" }),
    env: {},
    signal,
  });
  expect(prompts).toMatchObject({ redTeam: 28, helpful: 12 });
  expect(plan.roles.map(({ role, calls }) => [role, calls.low > 0])).toEqual([
    ["initial", true],
    ["slCai", true],
    ["feedback", true],
  ]);
  expect([plan.total.seconds.high, plan.total.cost?.high, isTrained]).toEqual([0, 0, true]);
});

test("a plan counts what is trained and measured too, and refuses a model that is not there", async () => {
  const config = {
    constitution: "constitution.yaml",
    models: { initial: "local:model", reviser: server.url, feedback: server.url },
    prompts: { redTeam: "red.jsonl", helpful: "helpful.txt" },
    rounds: 2,
  };
  const options = (changes: object = {}) => ({
    loaded: loadedConfig({ ...config, ...changes }, join(folder, "precept.config.ts")),
    env: {},
    signal: new AbortController().signal,
    cache: false as const,
  });
  const { plan } = await planConfigured(options());
  const calls = Object.fromEntries(plan.roles.map((role) => [role.role, role.calls.high]));
  // 12 answers and 2 × 2 helpful; two critiques and revisions of each; two answers to 14 prompts; 14 of three checkpoints.
  expect(calls).toMatchObject({ initial: 16, reviser: 48, slCai: 28, evaluate: 42 });
  expect(plan.roles.find(({ role }) => role === "slCai")?.model).toBe("this run's checkpoints");
  for (const [role, model] of [
    ["initial", "local:/no/such"],
    ["feedback", "llamacpp:/no/such.gguf"],
  ] as const) {
    const models = { ...config.models, [role]: model };
    await expect(planConfigured(options({ models }))).rejects.toMatchObject({ code: "checkpoint-missing" });
  }
  const sampling = { responseTokens: 64, critiqueTokens: 32 };
  const probed = await planConfigured({ ...options({ sampling, chainOfThought: false }), probe: true });
  const training = probed.plan.roles.find(({ role }) => role === "training");
  expect(training?.seconds.low).toBeGreaterThan(0);
  expect(probed.plan.roles.find(({ role }) => role === "initial")?.seconds.low).toBeGreaterThan(0);
}, 300_000);

test("settings of training that do not go together are named", () => {
  const faultsOf = (training: object, rest: object = {}): string => {
    const config = { constitution: "c.yaml", prompts: { redTeam: "r" }, models: { initial: "local:model" }, training };
    try {
      loadedConfig({ ...config, ...rest }, "/x/precept.config.ts");
      return "";
    } catch (error) {
      return String(error);
    }
  };
  expect(faultsOf({ preference: "dpo", rlCai: {} })).toContain("training.rlCai: needs preference");
  expect(faultsOf({ preference: "none", rlCai: {} })).toContain("training.rlCai: needs a preference model");
  expect(faultsOf({ engine: "python", preference: "preference-model", rlCai: {} })).toContain("PPO, which TRL");
  expect(faultsOf({ engine: "python" }, { models: { initial: "openai:m" } })).toContain("trains a folder");
  expect(faultsOf({ preference: "preference-model", dpo: {} })).toContain("training.dpo: stands beside");
  expect(faultsOf({ engine: "local" }, { models: { initial: "openai:m" } })).toContain(
    "training.engine: trains a folder",
  );
  expect(faultsOf({ preference: "preference-model", rlCai: {}, adapter: { rank: 8 } })).toBe("");
});
