import { z } from "zod";
import { rateSchema } from "../statistics/index.ts";

const count = z.int().min(0);

/** What the page reads of the summary of ai-feedback. */
export const contrastSummarySchema = z.object({
  pairs: z.enum(["samples", "west-of-n", "rlcd"]),
  labels: z.enum(["contrastive", "assumed", "ab"]),
  candidates: count,
  scored: count,
  pairable: count,
  lengthCorrelation: z.number().optional(),
  byPrinciple: z.record(
    z.string(),
    z.object({
      prompts: count,
      told: rateSchema.optional(),
      base: rateSchema.optional(),
      positive: rateSchema.optional(),
      isExpressed: z.boolean().optional(),
    }),
  ),
});

type Told = z.infer<typeof contrastSummarySchema>["byPrinciple"][string];

/** Whether the model can express a principle, in a few words. */
export function tellExpressed({
  base,
  positive,
  isExpressed,
}: Pick<Told, "base" | "positive" | "isExpressed">): string {
  if (base === undefined || positive === undefined || isExpressed === undefined)
    return "nobody read it: name models.judge";
  if (!isExpressed) return "no: its pairs are left out";
  // A run that goes on whatever the data asks for no rise.
  return positive.estimate > base.estimate ? "yes" : "no, and its pairs are kept all the same";
}
