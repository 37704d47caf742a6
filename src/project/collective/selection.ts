import { CCAI_CUTOFF, type Selection, WEIGHTINGS, type Weighting } from "../../collective/drafting/index.ts";
import { PreceptError } from "../../errors.ts";

export const selectionNames = ["posterior", "cutoff", "slate"] as const;
export type SelectionName = (typeof selectionNames)[number];
export const weightingNames = WEIGHTINGS;
export type WeightingName = Weighting;

/** How statements are chosen, from flags. @throws PreceptError usage for a number of another choice, or out of bounds. */
export function selectionOf(flags: {
  readonly select?: SelectionName | undefined;
  readonly cutoff?: number | undefined;
  readonly size?: number | undefined;
}): Selection {
  const { select = "posterior", cutoff, size } = flags;
  const refuse = (found: string, expected: string): PreceptError =>
    new PreceptError("usage", { attempted: "Choosing statements", found, expected });
  if (cutoff !== undefined && select !== "cutoff") throw refuse(`--cutoff with --select ${select}`, "--select cutoff");
  if (size !== undefined && select !== "slate") throw refuse(`--size with --select ${select}`, "--select slate");
  if (select === "cutoff") {
    if (cutoff !== undefined && !(cutoff >= 0 && cutoff <= 1)) throw refuse(`--cutoff ${cutoff}`, "0 to 1");
    return { by: "cutoff", cutoff: cutoff ?? CCAI_CUTOFF };
  }
  if (select === "slate") {
    if (size !== undefined && size < 1) throw refuse(`--size ${size}`, "1 or more");
    return { by: "slate", size: size ?? 50, unseen: "group" };
  }
  return { by: "posterior", probability: 0.95 };
}
