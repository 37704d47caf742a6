import { z } from "zod";
import { estimateSchema } from "../statistics/index.ts";
import { stageCostSchema, trainedSchema } from "./summaries.ts";

const count = z.int().min(0);
const measuredSchema = z.object({ breaks: count, keeps: count, auc: estimateSchema.optional() });

export const guardModelSummarySchema = stageCostSchema.extend({
  side: z.enum(["output", "input"]).default("output"),
  /** A control whose training labels were dealt out anew. */
  shuffledLabels: z.boolean(),
  /** Labelled texts by split. */
  texts: z.record(z.string(), count),
  /** Of all splits, by principle. */
  labels: z.record(z.string(), z.object({ breaks: count, keeps: count })),
  /** Of each head, on texts that it did not learn from, against the labels of the run: the critic's, not the truth. */
  heads: z.record(z.string(), z.object({ development: measuredSchema, report: measuredSchema })),
  /** Principles with too few texts for a head. */
  untaught: z.array(z.string()),
  holdTokens: z.int().min(1),
  form: z.enum(["sequence", "every-token"]).default("sequence"),
  /** Mean area under the curve on development texts by form, where both were trained. */
  areas: z.record(z.string(), z.number()).optional(),
  training: trainedSchema,
});
export type GuardModelSummary = z.infer<typeof guardModelSummarySchema>;
