import { PreceptError } from "../errors.ts";
import type { Estimate } from "./estimate.ts";
import { rateOf } from "./intervals.ts";

/** A stated probability and what was then true. */
export interface Judged {
  readonly probability: number;
  readonly outcome: boolean;
}

export interface CalibrationBin {
  /** Range of the stated probabilities: edges of equal width, or the least and greatest in a bin of equal mass. */
  readonly from: number;
  readonly to: number;
  /** Mean stated probability in the bin. */
  readonly stated: number;
  /** How often the outcome was true. */
  readonly observed: Estimate;
}

export interface Calibration {
  /** Filled bins only. */
  readonly bins: readonly CalibrationBin[];
  /** Expected calibration error: Σ (n_b / n) · |observed_b − stated_b|. */
  readonly ece: number;
}

export interface CalibrationReport {
  readonly n: number;
  readonly equalWidth: Calibration;
  readonly equalMass: Calibration;
  /** Mean (p − y)². */
  readonly brier: number;
}

/**
 * Reliability of probabilities against outcomes, in bins of equal width (Guo et al. 2017, §2) and of equal mass. Swapping
 * the two sides of every judgement (p → 1 − p, y → ¬y) changes neither ECE of equal width nor the Brier score.
 * @throws PreceptError input-invalid for no judgements, a probability outside [0, 1], or fewer than one bin.
 */
export function calibration(judged: readonly Judged[], options: { readonly bins?: number } = {}): CalibrationReport {
  const { bins = 10 } = options;
  const n = judged.length;
  const invalid = judged.find(({ probability }) => !(probability >= 0 && probability <= 1));
  if (n === 0 || invalid !== undefined || !Number.isInteger(bins) || bins < 1) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a reliability table",
      found: n === 0 ? "no judgements" : invalid ? `the probability ${invalid.probability}` : `${bins} bins`,
      expected: "one judgement or more with probabilities in [0, 1], and a whole number of bins",
    });
  }
  let squares = 0;
  for (const { probability, outcome } of judged) squares += (probability - (outcome ? 1 : 0)) ** 2;
  return { n, equalWidth: equalWidth(judged, bins), equalMass: equalMass(judged, bins), brier: squares / n };
}

function equalWidth(judged: readonly Judged[], bins: number): Calibration {
  const groups = Array.from({ length: bins }, (): Judged[] => []);
  for (const one of judged) groups[Math.min(bins - 1, Math.floor(one.probability * bins))]?.push(one);
  return summarise(groups, (_, i) => [i / bins, (i + 1) / bins]);
}

/** Sorted and cut into `bins` groups whose sizes differ by one at most; equal probabilities may fall on both sides of a cut. */
function equalMass(judged: readonly Judged[], bins: number): Calibration {
  const sorted = [...judged].sort((a, b) => a.probability - b.probability || Number(a.outcome) - Number(b.outcome));
  const groups = Array.from({ length: bins }, (_, i) =>
    sorted.slice(Math.round((i * sorted.length) / bins), Math.round(((i + 1) * sorted.length) / bins)),
  );
  return summarise(groups, (group) => [group[0]?.probability ?? 0, group.at(-1)?.probability ?? 0]);
}

function summarise(
  groups: readonly (readonly Judged[])[],
  range: (group: readonly Judged[], i: number) => readonly [number, number],
): Calibration {
  const n = groups.reduce((sum, group) => sum + group.length, 0);
  const bins: CalibrationBin[] = [];
  let ece = 0;
  for (const [i, group] of groups.entries()) {
    const observed = rateOf(group.map(({ outcome }) => outcome));
    if (observed === undefined) continue;
    const stated = group.reduce((sum, { probability }) => sum + probability, 0) / group.length;
    const [from, to] = range(group, i);
    bins.push({ from, to, stated, observed });
    ece += (group.length / n) * Math.abs(observed.estimate - stated);
  }
  return { bins, ece };
}
