import { z } from "zod";

const undeterminedSchema = z.object({
  n: z.int().min(1),
  ifAllFalse: z.number().optional(),
  ifAllTrue: z.number().optional(),
});

/** An `Estimate` as files hold it. */
export const estimateSchema = z.object({
  estimate: z.number(),
  low: z.number(),
  high: z.number(),
  n: z.int().min(1),
  clusters: z.int().min(1).optional(),
  undetermined: undeterminedSchema.optional(),
  zeroVariance: z.literal(true).optional(),
});

const share = z.number().min(0).max(1);

/** The estimate of a share. */
export const rateSchema = estimateSchema.extend({ estimate: share, low: share, high: share });

/** A `Measured` as files hold it. */
export const measuredSchema = z.union([
  estimateSchema,
  z.object({
    estimate: z.number().nullable(),
    low: z.null(),
    high: z.null(),
    n: z.int().min(0),
    clusters: z.int().min(1).optional(),
    undetermined: undeterminedSchema.optional(),
    note: z.string(),
  }),
]);
