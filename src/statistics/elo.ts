/** Points of the Elo scale a natural-log unit of strength: 400 / ln 10. */
export const eloPerNat: number = 400 / Math.LN10;

/** P(the stronger wins) at a lead of Δ points: 1 / (1 + 10^(−Δ/400)). */
export function eloToProbability(lead: number): number {
  return 1 / (1 + 10 ** (-lead / 400));
}

/** The lead at which the stronger wins with probability p: 400 log₁₀(p / (1 − p)); infinite at 0 and 1. */
export function probabilityToElo(p: number): number {
  return 400 * (Math.log10(p) - Math.log10(1 - p));
}
