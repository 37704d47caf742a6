import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Benchmark } from "../evaluation/index.ts";
import { testPrompts } from "../feedback/scripted.test-support.ts";
import { type Bench, faultsOf, labelPairs, openBench, trainSlCai } from "./bench.test-support.ts";
import { evaluate } from "./evaluate.ts";
import { ensembleLabels, type MethodOptions, methodOptions, type OptionOverrides } from "./options.ts";
import { preferenceModel } from "./preference-model.ts";
import { rlCai } from "./rl-cai.ts";

export const redTeam = testPrompts("red-team", "danger", "tone+calm", "danger+tone", "clean", "calm", "danger+calm");
export const helpful = testPrompts("helpful", "soup", "bread");
export const prompts = [...redTeam, ...helpful];
/** Requests that SL-CAI did not see: it answers half of them well. */
export const fresh = Array.from({ length: 24 }, (_, i) => ({
  ...testPrompts("red-team", i % 2 === 0 ? "tone" : "tone+danger")[0]!,
  id: `fresh-${i}`,
}));
export const replay = [{ id: "doc-1", prompt: "declare", completion: "lye is a danger" }];

const grade = (response: string) => ({
  violation: faultsOf(response).length > 0,
  goldReward: -faultsOf(response).length,
});

export const benchmark: Benchmark = {
  id: "faults",
  version: "1",
  files: [],
  get: "",
  temperature: 1,
  about: { title: "", citation: "", source: "", licence: "", size: redTeam.length, verified: "real rows" },
  metrics: { violation: { kind: "rate", about: "" }, goldReward: { kind: "mean", about: "" } },
  async *load() {
    for (const { id, messages } of redTeam) {
      yield {
        id,
        groups: { split: "heldOut", side: id.includes("danger") ? "governed" : "harmless" },
        questions: () => [{ ask: "generate", messages, maxTokens: 64 }],
        score: ([reply]) => grade(reply?.ask === "generate" ? reply.text : ""),
      };
    }
  },
  grade: (_, response) => grade(response),
};

/** The departures from the paper that small models with narrow principles want, and little of everything. */
export const small: OptionOverrides = {
  batchPrompts: 3,
  batchPairs: 2,
  slCai: { selection: "all", revisions: "final", helpfulSamples: 1, critiqueSampling: { temperature: 0, topP: 1 } },
  aiFeedback: { labels: ensembleLabels },
  preferenceModel: { heldOutShare: 0.3, minConfidence: 0, keep: "best" },
  rlCai: { steps: 5, rolloutsPerStep: 2, samplesPerPrompt: 4, baseline: "group", checkpointEvery: 5 },
  evaluate: { samples: 1, curve: { split: "heldOut", items: 4 } },
};

/** A fresh folder for each test of the file that calls this, and benches in it that are closed when the test ends. */
export function useBenches() {
  const place = { folder: "" };
  let benches: Bench[] = [];
  beforeEach(async () => {
    place.folder = await mkdtemp(join(tmpdir(), "precept-stages-"));
    benches = [];
  });
  afterEach(async () => {
    for (const bench of benches) await bench.run.close();
    await rm(place.folder, { recursive: true });
  });
  return {
    place,
    async open(options: Parameters<typeof openBench>[1] = {}, where = place.folder): Promise<Bench> {
      const bench = await openBench(where, options);
      benches.push(bench);
      return bench;
    },
  };
}

export const recordsOf = (bench: Bench, stage: string, where = bench.run.folder) => join(where, stage, "records.jsonl");
export const checkpointOf = (bench: Bench, stage: "sl-cai" | "preference-model" | "rl-cai") =>
  join(bench.run.stageFolder(stage), "checkpoint");

/** The whole method, as the command line composes it. */
export async function method(bench: Bench, options: MethodOptions = methodOptions(small)) {
  const sl = await trainSlCai(bench, { prompts, replay }, options);
  const trained = checkpointOf(bench, "sl-cai");
  const feedback = await labelPairs(bench, { prompts: [...fresh, ...helpful], slCai: trained }, options);
  const preference = await preferenceModel(
    bench,
    { comparisons: recordsOf(bench, "ai-feedback"), slCai: trained },
    options,
  );
  const { meanScore } = preference.summary;
  const scorer = checkpointOf(bench, "preference-model");
  const rl = await rlCai(bench, { prompts, slCai: trained, preferenceModel: scorer, meanScore }, options);
  const checkpoints = [
    { name: "initial", folder: bench.initial },
    { name: "sl-cai", folder: trained },
    { name: "rl-cai", folder: checkpointOf(bench, "rl-cai") },
  ];
  const records = {
    slCai: recordsOf(bench, "sl-cai"),
    aiFeedback: recordsOf(bench, "ai-feedback"),
    preferenceModel: recordsOf(bench, "preference-model"),
  };
  const kept = rl.summary.checkpoints;
  const rewarded = { kept, preferenceModel: { checkpoint: scorer, meanScore } };
  const measured = await evaluate(bench, { benchmark, checkpoints, ...rewarded, records }, options);
  return { sl, feedback, preference, rl, measured };
}

export const stages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"] as const;
export const bytesOf = (bench: Bench): Promise<string[]> =>
  Promise.all(stages.map((stage) => readFile(recordsOf(bench, stage), "utf8")));
