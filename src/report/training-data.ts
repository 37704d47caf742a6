import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { type Manifest, readSummary, type StoredRun } from "../runs/index.ts";
import { shownPath } from "../storage/index.ts";
import type { MetricsRow } from "./data.ts";
import { readMetrics } from "./read.ts";
import { type OversightData, readOversightData } from "./sections/oversight.ts";

const summarySchema = z.object({
  seconds: z.number(),
  tokens: z.number(),
  training: z.object({
    hash: z.string(),
    steps: z.number(),
    tokens: z.number(),
    metrics: z.record(z.string(), z.number()),
  }),
  stopped: z.object({ reason: z.string(), step: z.int() }).optional(),
});

const configSchema = z.looseObject({
  objective: z.string(),
  initial: z.string(),
  learningRate: z.number().optional(),
  epochs: z.number().optional(),
  lora: z.looseObject({ rank: z.number() }).optional(),
});

/** Everything that the page of a training shows. */
export interface TrainingData {
  readonly name: string;
  /** As commands name it. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** When it was last worked on, ISO 8601. */
  readonly date: string;
  readonly job: z.infer<typeof configSchema>;
  /** Rows of data by what they are: examples, comparisons, prompts; those held out besides. */
  readonly rows: Readonly<Record<string, number>>;
  readonly metrics: readonly MetricsRow[];
  /** Absent until the training has ended. */
  readonly summary?: z.infer<typeof summarySchema> | undefined;
  /** What its reward was found to be worth. */
  readonly oversight?: OversightData | undefined;
}

/** What a run of precept train has to show. @throws PreceptError run-invalid. */
export async function readTraining({ folder, name, manifest }: StoredRun): Promise<TrainingData> {
  const stage = join(folder, "train");
  const summary = join(stage, "summary.json");
  const job = configSchema.safeParse(manifest.config).data;
  if (job === undefined) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading the training ${folder}`,
      found: "a manifest that names no objective, or no model that it starts from",
      expected: "a run of precept train",
      remedy: `precept show ${folder}, for what is in it`,
    });
  }
  const rows = Object.entries(manifest.config).flatMap(([key, value]) =>
    key in manifest.inputs && typeof value === "number" ? [[key, value] as const] : [],
  );
  return {
    name,
    folder: shownPath(folder),
    manifest,
    date: statSync(join(folder, "manifest.json")).mtime.toISOString(),
    job,
    rows: Object.fromEntries(rows),
    metrics: readMetrics(join(stage, "metrics.jsonl")),
    oversight: readOversightData(folder),
    summary: existsSync(summary) ? await readSummary(summary, summarySchema) : undefined,
  };
}
