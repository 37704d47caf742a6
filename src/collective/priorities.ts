import type { Tally } from "./counts.ts";

/** What Polis gives a statement about the conversation itself: 7². */
export const META_PRIORITY = 49;

/**
 * How urgently a statement needs votes: [(1 - p) (E + 1) a (1 + 8 · 2^(-S/5))]², with p = (P + 1)/(S + 2) the share of passes, a =
 * (A + 1)/(S + 2) that of agrees, E the extremity, S the votes of all groups (Polis math, priority-metric). Statements that many
 * disagree with are shown less: exposure is not at random.
 */
export function priorityOf({ agrees, disagrees, votes }: Tally, extremity: number): number {
  const passShare = (votes - agrees - disagrees + 1) / (votes + 2);
  const agreeShare = (agrees + 1) / (votes + 2);
  return ((1 - passShare) * (extremity + 1) * agreeShare * (1 + 8 * 2 ** (-votes / 5))) ** 2;
}
