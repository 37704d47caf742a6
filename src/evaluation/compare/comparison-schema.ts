import { z } from "zod";
import { estimateSchema } from "../../statistics/index.ts";
import type { Comparison } from "./compare.ts";

/** A comparison as files hold it. */
export const comparisonSchema: z.ZodType<Comparison> = z.object({
  baseline: z.string(),
  candidate: z.string(),
  pairs: z.int(),
  leftOut: z.tuple([z.int(), z.int()]),
  rows: z.array(
    z.object({
      metric: z.string(),
      group: z.record(z.string(), z.string()),
      better: z.enum(["higher", "lower", "neither"]),
      n: z.int(),
      undetermined: z.int(),
      bounds: z.tuple([z.number(), z.number()]).optional(),
      baseline: z.number().nullable(),
      candidate: z.number().nullable(),
      difference: estimateSchema.nullable(),
      pValue: z.number().nullable(),
      adjustedP: z.number().nullable(),
      verdict: z.enum(["better", "worse", "cannot tell", "different"]),
      nToTell: z.number().nullable(),
      detectable: z.number().nullable(),
      note: z.string().optional(),
    }),
  ),
});
