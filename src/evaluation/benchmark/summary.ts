import { z } from "zod";

const undeterminedSchema = z.object({
  n: z.int().min(1),
  ifAllFalse: z.number().optional(),
  ifAllTrue: z.number().optional(),
});

/** A number with its 95 % interval, as files hold it. */
export const estimateSchema = z.object({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
  n: z.int().min(1),
  clusters: z.int().min(1).optional(),
  undetermined: undeterminedSchema.optional(),
  zeroVariance: z.literal(true).optional(),
});

const noEstimateSchema = z.object({
  estimate: z.number().nullable(),
  low: z.null(),
  high: z.null(),
  n: z.int().min(0),
  undetermined: undeterminedSchema.optional(),
  note: z.string(),
});

/** By metric. */
export const measuresSchema = z.record(z.string(), z.union([estimateSchema, noEstimateSchema]));

/** What one benchmark says about one model; `summary.json` of its stage. */
export const suiteSummarySchema = z.object({
  suite: z.string(),
  version: z.string(),
  title: z.string(),
  subject: z.string(),
  /** Hash of everything that makes the metric this metric: suite, version, judge, temperature, samples. */
  metric: z.string(),
  judge: z.object({ name: z.string(), version: z.string(), model: z.string().nullable(), hash: z.string() }).nullable(),
  data: z.array(z.object({ path: z.string(), sha256: z.string(), version: z.string().optional() })),
  items: z.int().min(1),
  available: z.int().min(1),
  samples: z.int().min(1),
  /** Answers that are none, by reason. */
  missing: z.record(z.string(), z.int()),
  metrics: measuresSchema,
  by: z.record(z.string(), z.record(z.string(), measuresSchema)),
  seconds: z.number(),
  tokens: z.number(),
});
export type SuiteSummary = z.infer<typeof suiteSummarySchema>;
