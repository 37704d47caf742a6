/** How principles are weighted in the draw: all alike, by how surely all groups agree, or by what each added to the slate. */
export const WEIGHTINGS = ["uniform", "lower-bound", "slate"] as const;
export type Weighting = (typeof WEIGHTINGS)[number];

/**
 * Weights of mean 1, to three digits, none below 0.001: a constitution's weights are relative frequencies of a draw.
 * `lower`: the lower bound of the consensus; `gain`: of the slate's seat.
 */
export function weightsOf(
  principles: readonly { readonly lower: number; readonly gain?: number | undefined }[],
  weighting: Weighting,
): number[] {
  const raw = principles.map(({ lower, gain }) =>
    weighting === "uniform" ? 1 : weighting === "slate" ? (gain ?? 0) : lower,
  );
  const mean = raw.reduce((sum, value) => sum + value, 0) / Math.max(1, raw.length);
  return raw.map((value) => (mean > 0 ? Math.max(0.001, Math.round((1000 * value) / mean) / 1000) : 1));
}
