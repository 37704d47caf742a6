import { PreceptError } from "../errors.ts";
import type { Estimate } from "./estimate.ts";

/** What an interval of a difference says, in the three words a person gets. */
export type Comparative = "better" | "worse" | "cannot tell";

/**
 * Verdict over a difference "this minus that": its 95 % interval lies on the good side of 0, on the bad side, or on neither.
 * Where nothing varied the interval proves nothing, unless `pValue` of an exact test does.
 */
export function verdictOf(
  difference: Pick<Estimate, "low" | "high" | "zeroVariance">,
  isHigherBetter: boolean,
  pValue?: number,
): Comparative {
  if (pValue !== undefined && pValue >= 0.05) return "cannot tell";
  if (difference.zeroVariance === true && pValue === undefined) return "cannot tell";
  if (difference.low > 0) return isHigherBetter ? "better" : "worse";
  if (difference.high < 0) return isHigherBetter ? "worse" : "better";
  return "cannot tell";
}

/** Whether something is no worse than a margin allows. */
export type NonInferiority = "non-inferior" | "inferior" | "cannot tell";

/**
 * Non-inferiority with a margin > 0: the interval of "this minus that" lies wholly above −margin (or below +margin where
 * lower is better): non-inferior; wholly beyond it: inferior; else the data do not say.
 * @throws PreceptError input-invalid unless the margin is finite and above 0.
 */
export function nonInferiority(
  difference: Pick<Estimate, "low" | "high">,
  margin: number,
  isHigherBetter = true,
): NonInferiority {
  if (!(margin > 0 && Number.isFinite(margin))) {
    throw new PreceptError("input-invalid", {
      attempted: "Testing non-inferiority",
      found: `a margin of ${margin}`,
      expected: "a finite margin above 0, stated before looking",
    });
  }
  const [worst, best] = isHigherBetter ? [difference.low, difference.high] : [-difference.high, -difference.low];
  if (worst > -margin) return "non-inferior";
  return best < -margin ? "inferior" : "cannot tell";
}
