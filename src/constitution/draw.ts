import { PreceptError } from "../errors.ts";
import type { Rng } from "../rng.ts";
import type { Constitution, Principle, PrincipleKind } from "./constitution.ts";

/**
 * One principle with probability `weight / Σ weights`, by one number of the stream. Bai et al. 2022 §3.1, §4.1: one
 * random principle a revision round and a comparison.
 * @throws PreceptError "input-invalid" when there is none to draw.
 */
export function drawPrinciple(principles: readonly Principle[], random: Rng): Principle {
  const total = principles.reduce((sum, { weight }) => sum + weight, 0);
  let left = random.next() * total;
  for (const principle of principles) {
    left -= principle.weight;
    if (left < 0) return principle;
  }
  const last = principles.at(-1); // rounding may leave a hair over
  if (last !== undefined) return last;
  throw new PreceptError("input-invalid", {
    attempted: "Drawing a principle",
    found: "a constitution without principles",
    expected: "at least one principle",
  });
}

/** What a principle can be used for: a critique with its revision, or a comparison. */
export type PrincipleUse = "critique" | "comparison";

/**
 * The principles for one use. The paper has 16 pairs of critique and revision requests and 16 other comparisons: a
 * principle with requests for the other use alone is left out, one without any request serves both. When none is meant
 * for the use, all serve. With a kind of prompt, those bound to another kind are left out: perhaps none is left.
 */
export function principlesFor(
  constitution: Constitution,
  use: PrincipleUse,
  kind?: PrincipleKind,
): readonly Principle[] {
  const meant = constitution.principles.filter((principle) => {
    const critiques = principle.critiqueRequest !== undefined || principle.revisionRequest !== undefined;
    const compares = principle.comparisonRequest !== undefined;
    return critiques === compares || (use === "critique" ? critiques : compares);
  });
  const serving = meant.length > 0 ? meant : constitution.principles;
  return kind === undefined
    ? serving
    : serving.filter(({ appliesTo }) => appliesTo === undefined || appliesTo === kind);
}
