import { PreceptError } from "../errors.ts";
import { betaQuantile } from "./distributions.ts";
import type { Estimate } from "./estimate.ts";

export interface ClopperPearsonOptions {
  /** Default 0.95. */
  readonly confidence?: number;
  /** "upper": all of the error is above, for "no failure seen". Default "two". */
  readonly sided?: "two" | "upper" | "lower";
}

/**
 * Exact binomial interval, Clopper & Pearson 1934: [B(α/2; k, n−k+1), B(1−α/2; k+1, n−k)]; one-sided with α on one side.
 * @throws PreceptError input-invalid unless 0 ≤ successes ≤ n, both whole, n ≥ 1, and 0 < confidence < 1.
 */
export function clopperPearson(successes: number, n: number, options: ClopperPearsonOptions = {}): Estimate {
  const { confidence = 0.95, sided = "two" } = options;
  const isCount = Number.isInteger(n) && Number.isInteger(successes) && n >= 1 && successes >= 0 && successes <= n;
  if (!isCount || !(confidence > 0 && confidence < 1)) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a Clopper–Pearson interval",
      found: `${successes} successes of ${n} at confidence ${confidence}`,
      expected: "whole numbers with 0 ≤ successes ≤ n and n ≥ 1, and a confidence between 0 and 1",
    });
  }
  const alpha = (1 - confidence) / (sided === "two" ? 2 : 1);
  const isOpenBelow = sided === "upper" || successes === 0;
  const isOpenAbove = sided === "lower" || successes === n;
  return {
    estimate: successes / n,
    low: isOpenBelow ? 0 : betaQuantile(alpha, successes, n - successes + 1),
    high: isOpenAbove ? 1 : betaQuantile(1 - alpha, successes + 1, n - successes),
    n,
  };
}
