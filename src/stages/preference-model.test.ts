import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { silentProgress } from "../progress/index.ts";
import { labelPairs, trainSlCai } from "./bench.test-support.ts";
import { checkpointOf, fresh, prompts, recordsOf, small, useBenches } from "./method.test-support.ts";
import { ensembleLabels, methodOptions } from "./options.ts";
import { measureScores, preferenceModel, softCrossEntropy } from "./preference-model.ts";

const { open } = useBenches();

describe("preference-model", () => {
  it("splits by prompt, filters on the raw label, and trains on the clamped one", async () => {
    const bench = await open();
    const options = methodOptions(small, {
      aiFeedback: { labels: { ...ensembleLabels, clamp: [0.4, 0.6] } },
      preferenceModel: { minConfidence: 0.5, heldOutShare: 0.3 },
    });
    await trainSlCai(bench, { prompts }, options);
    const slCaiFolder = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai: slCaiFolder }, options);
    const { summary } = await preferenceModel(
      bench,
      { comparisons: recordsOf(bench, "ai-feedback"), slCai: slCaiFolder },
      options,
    );
    const job = bench.jobs.at(-1);
    if (job?.objective !== "preference-model") throw new Error("no job");
    const every = [...job.comparisons, ...(job.heldOut ?? [])];
    expect(new Set(every.map(({ label }) => label))).toEqual(new Set([0.4, 0.6]));
    expect(summary.counts["leftOut"]).toBe(0); // raw labels are sure, though the clamped ones are not
    const trained = new Set(job.comparisons.map(({ id }) => id));
    expect(job.heldOut?.some(({ id }) => trained.has(id))).toBe(false);
    expect(job.initial).toBe(bench.initial);
  });

  it("leaves out pairs whose raw label is less sure than minConfidence", async () => {
    const bench = await open();
    const options = (minConfidence: number) =>
      methodOptions(small, { preferenceModel: { minConfidence, heldOutShare: 0.3 } });
    await trainSlCai(bench, { prompts }, options(0));
    const slCai = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai }, options(0));
    const comparisons = recordsOf(bench, "ai-feedback");
    const records = readFileSync(comparisons, "utf8").trim().split("\n");
    const sure = records
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "comparison")
      .map(({ raw }) => Math.abs(2 * raw - 1))
      .sort((a, b) => a - b);
    const least = sure[0] ?? 0;
    // Just above the least sure of them.
    const { summary } = await preferenceModel(bench, { comparisons, slCai }, options(least + 1e-9));
    expect(summary.counts["leftOut"]).toBe(sure.filter((value) => value < least + 1e-9).length);
    expect(summary.counts["leftOut"]).toBeGreaterThan(0);
    expect(summary.counts["leftOut"]).toBeLessThan(sure.length);
  });

  it.each([
    { kept: 0, told: 1 },
    { kept: 3, told: 0 },
  ])("says so where no epoch was kept: step $kept", async ({ kept, told }) => {
    const bench = await open();
    const messages: string[] = [];
    const context: typeof bench = {
      ...bench,
      progress: { ...silentProgress, message: (text) => void messages.push(text) },
      trainer: {
        objectives: bench.trainer.objectives,
        fingerprint: bench.trainer.fingerprint,
        async *train(job, options) {
          const result = yield* bench.trainer.train(job, options);
          return { ...result, metrics: { ...result.metrics, "kept/step": kept } };
        },
      },
    };
    const options = methodOptions(small, {});
    await trainSlCai(bench, { prompts }, options);
    const slCai = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai }, options);
    await preferenceModel(context, { comparisons: recordsOf(bench, "ai-feedback"), slCai }, options);
    expect(messages.filter((text) => text.includes("RL has nothing to follow"))).toHaveLength(told);
  });

  it("takes helpfulness comparisons from elsewhere, and loss weights", async () => {
    const bench = await open();
    const options = methodOptions(small, {
      preferenceModel: { lossWeights: { harmlessness: 3, helpfulness: 0.5 }, from: "sl-cai" },
    });
    await trainSlCai(bench, { prompts }, options);
    const slCaiFolder = checkpointOf(bench, "sl-cai");
    await labelPairs(bench, { prompts: fresh, slCai: slCaiFolder }, options);
    const given = {
      id: "hh-1",
      prompt: "respond Q=soup",
      responses: ["soup", "no"] as [string, string],
      label: 1,
      source: "helpfulness" as const,
    };
    await preferenceModel(
      bench,
      { comparisons: recordsOf(bench, "ai-feedback"), slCai: slCaiFolder, helpfulness: [given] },
      options,
    );
    expect(bench.jobs.at(-1)).toMatchObject({
      initial: slCaiFolder,
      lossWeights: { harmlessness: 3, helpfulness: 0.5 },
      comparisons: expect.arrayContaining([given]),
    });
  });

  const record = (label: number, scores: [number, number], split: "train" | "held-out" = "held-out") => ({
    type: "preference" as const,
    schemaVersion: 1 as const,
    id: `${label}/${scores.join()}`,
    parents: [],
    principleId: null,
    constitutionHash: "",
    templateVersion: "t",
    model: "preference-model",
    seed: 0,
    source: "harmlessness" as const,
    split,
    label,
    raw: label,
    scores,
    probability: 1 / (1 + Math.exp(scores[1] - scores[0])),
  });

  it("has the soft cross-entropy of a hand-computed case, the same for swapped pairs", () => {
    // q = σ(ln 3) = 0.75: −(0.8 ln 0.75 + 0.2 ln 0.25) = 0.5074…
    const loss = softCrossEntropy({ label: 0.8, scores: [Math.log(3), 0] });
    expect(loss).toBeCloseTo(-(0.8 * Math.log(0.75) + 0.2 * Math.log(0.25)), 12);
    expect(softCrossEntropy({ label: 1 - 0.8, scores: [0, Math.log(3)] })).toBeCloseTo(loss, 12);
    expect(softCrossEntropy({ label: 1, scores: [0, 800] })).toBe(800);
  });

  it("counts accuracy without ties, and the mean score over the training pairs", () => {
    const summary = measureScores([
      record(0.9, [1, 0]),
      record(0.6, [0, 1]),
      record(0.5, [5, 0]),
      record(0.9, [3, 1], "train"),
      record(0.2, [1, 3], "train"),
    ]);
    expect(summary.accuracy).toMatchObject({ estimate: 0.5, n: 2 });
    expect(summary.confidentAccuracy).toMatchObject({ estimate: 1, n: 1 });
    expect(summary.meanScore).toBe(2);
  });
});
