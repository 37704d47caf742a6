import { existsSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { parseSummary, SUMMARY_VERSION, type Summary, stageSummarySchema } from "../evaluation/index.ts";
import { peakMemoryBytes, readSummary } from "../runs/index.ts";
import { evaluateSummarySchema, methodStages, rlCaiSummarySchema } from "../stages/index.ts";
import { variationOf } from "./harbor/settings.ts";
import type { Project } from "./project.ts";

/** summary.json of a run: what was measured, what it cost, and what made this run differ. */
export async function summariseRun({ run, loaded }: Pick<Project, "run" | "loaded">): Promise<Summary> {
  const summaryOf = (stage: string): string => join(run.folder, stage, "summary.json");
  const evaluated = await readSummary(summaryOf("evaluate"), evaluateSummarySchema);
  const stages: Record<string, z.infer<typeof stageSummarySchema>> = {};
  for (const name of methodStages.map(({ name: stage }) => stage)) {
    if (existsSync(summaryOf(name))) stages[name] = await readSummary(summaryOf(name), costSchema);
  }
  const {
    "sl-cai-without-replay": withoutReplay,
    "dpo-shuffled-labels": shuffledLabels,
    ...checkpoints
  } = evaluated.checkpoints;
  const peaks = Object.values(run.manifest.stages).map((stage) => stage.peakMemoryBytes);
  const rl = "rl-cai" in stages ? await readSummary(summaryOf("rl-cai"), rlCaiSummarySchema) : undefined;
  // A run that a monitor stopped keeps the policy before, whose KL is that of the last round it learned from.
  const klNats = rl?.training.metrics[rl.stopped === undefined ? "final/objective/kl" : "objective/kl"];
  const { roles, revisions, labels, preferenceModel, goldReward, paired, texts } = evaluated;
  const summary = {
    schemaVersion: SUMMARY_VERSION,
    preset: loaded.config.world?.preset ?? "project",
    seed: run.manifest.seed,
    constitutionHash: run.manifest.inputs["constitution"],
    variation: loaded.config.world && variationOf(loaded.config),
    checkpoints,
    withoutReplay,
    shuffledLabels,
    roles,
    stages,
    peakMemoryBytes: Math.max(peakMemoryBytes(), ...peaks),
    revisions,
    labels,
    preferenceModel,
    goldReward,
    texts,
    pairedGoldReward: paired
      .filter(({ checkpoint }) => checkpoint in checkpoints)
      .map((pair) => (pair.checkpoint === "rl-cai" ? { ...pair, klNats } : pair)),
  };
  return parseSummary(JSON.parse(JSON.stringify(summary)), join(run.folder, "summary.json"));
}

const costSchema = stageSummarySchema.pick({
  seconds: true,
  tokens: true,
  tokensPerSecond: true,
  gflops: true,
  counts: true,
  stopped: true,
});
