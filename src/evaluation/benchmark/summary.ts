import { z } from "zod";
import { measuredSchema } from "../../statistics/index.ts";

/** By metric. */
export const measuresSchema = z.record(z.string(), measuredSchema);

const judgeSchema = z.object({
  name: z.string(),
  version: z.string(),
  model: z.string().nullable(),
  hash: z.string(),
});

/** What one benchmark says about one subject; `summary.json` of its stage. */
export const benchmarkSummarySchema = z.object({
  benchmark: z.string(),
  version: z.string(),
  title: z.string(),
  subject: z.string(),
  /** Hash of everything that makes the metric this metric: benchmark, version, judge, temperature, samples. */
  metric: z.string(),
  judge: judgeSchema.nullable(),
  /** The instruments of a judge that asks several questions. */
  judges: z.array(judgeSchema).optional(),
  data: z.array(z.object({ path: z.string(), sha256: z.string(), version: z.string().optional() })),
  items: z.int().min(1),
  available: z.int().min(1),
  samples: z.int().min(1),
  /** Rows of the files that are no items, by reason; absent where there are none. */
  dropped: z.record(z.string(), z.int()).optional(),
  /** Answers that are none, by reason. */
  missing: z.record(z.string(), z.int()),
  metrics: measuresSchema,
  by: z.record(z.string(), z.record(z.string(), measuresSchema)),
  /** When it closed; absent in results of versions that did not say. A file's own date changes with every copy. */
  measured: z.iso.datetime().optional(),
  seconds: z.number(),
  tokens: z.number(),
});
export type BenchmarkSummary = z.infer<typeof benchmarkSummarySchema>;
