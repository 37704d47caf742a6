import type { ContrastSummary } from "../evaluation/index.ts";

type Told = ContrastSummary["byPrinciple"][string];

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
