import { PreceptError } from "../errors.ts";

/** A statistic, or the name of what was missing for it: never NaN. */
export type Attempt<T> =
  | { readonly outcome: "estimated"; readonly value: T }
  | { readonly outcome: "not-enough-evidence"; readonly reason: string };

/** The error of every statistic that the data cannot give: "no values", "one cluster", "one class". */
export function notEnough(attempted: string, found: string, expected: string): PreceptError {
  return new PreceptError("not-enough-evidence", { attempted, found, expected });
}

/** Runs a statistic where a table must go on without it. @throws whatever is not a lack of evidence. */
export function attempt<T>(statistic: () => T): Attempt<T> {
  try {
    return { outcome: "estimated", value: statistic() };
  } catch (error) {
    if (!(error instanceof PreceptError) || error.code !== "not-enough-evidence") throw error;
    return { outcome: "not-enough-evidence", reason: error.details.found };
  }
}

/** @throws PreceptError not-finite for a value that is NaN or infinite. */
export function checkFinite(attempted: string, values: readonly number[]): void {
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new PreceptError("not-finite", {
    attempted,
    found: `${values[index]} at place ${index}`,
    expected: "finite values",
  });
}

/** @throws PreceptError shape-mismatch unless both lists have one entry an item. */
export function checkSameLength(attempted: string, a: readonly unknown[], b: readonly unknown[]): void {
  if (a.length === b.length) return;
  throw new PreceptError("shape-mismatch", {
    attempted,
    found: `${a.length} values against ${b.length}`,
    expected: "one value an item on both sides",
  });
}
