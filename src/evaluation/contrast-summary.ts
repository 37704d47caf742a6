import { z } from "zod";
import { rateSchema } from "../statistics/index.ts";

const count = z.int().min(0);

/** What contexts of a principle did to a model's answers: made by the stage ai-feedback, read by its report. */
export const contrastSummarySchema = z.object({
  pairs: z.enum(["samples", "west-of-n", "rlcd"]),
  labels: z.enum(["contrastive", "assumed", "ab"]),
  /** Answers that were sampled, scored, and paired with one that says something else. */
  candidates: count,
  scored: count,
  pairable: count,
  /** Of R with the answer's length in tokens: near ±1, R measures little but length. */
  lengthCorrelation: z.number().optional(),
  byPrinciple: z.record(
    z.string(),
    z.object({
      prompts: count,
      /** Prompts whose answer under the positive context has the higher R than the first without; 1/2 says that it changes nothing. */
      told: rateSchema.optional(),
      /** Answers that keep the principle, of those where a judge found it at stake: without a context, and under the positive one. */
      base: rateSchema.optional(),
      positive: rateSchema.optional(),
      /** Whether the difference of these two reaches the gate; absent where nobody read the answers. */
      isExpressed: z.boolean().optional(),
    }),
  ),
});
export type ContrastSummary = z.infer<typeof contrastSummarySchema>;
