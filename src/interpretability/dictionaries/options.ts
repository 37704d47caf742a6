/** How sparsity comes about: the k · B largest entries of a batch, the k largest of every row, or a price on Σ f. */
export const dictionaryKinds = ["batch-topk", "topk", "l1"] as const;
export type DictionaryKind = (typeof dictionaryKinds)[number];

export interface DictionaryOptions {
  readonly kind: DictionaryKind;
  /** Features. */
  readonly size: number;
  /** Active features of an input, on average or each; not read by l1. */
  readonly k: number;
  /** Price of Σ f beside the mean square error of inputs of variance 1; read by l1 alone. */
  readonly l1: number;
  readonly batch: number;
  readonly steps: number;
  /** Peak; it rises over 2 % of the steps and falls to 0 over the last fifth. */
  readonly learningRate: number;
  readonly seed: number;
}

/** Weight of what dead features rebuild of the residual (Gao et al. 2024 have 1/32). */
export const AUXILIARY_WEIGHT = 1 / 32;
/** A feature is dead that was silent for this share of the training. */
export const DEAD_SHARE = 0.05;
/** New share of the threshold's running mean (Bussmann et al. 2024). */
export const THRESHOLD_RATE = 0.01;
/**
 * When silent features are reborn under l1, as shares of the training, and how long they must have been silent. The paper's steps
 * 25,000 … 100,000 of a million and 12,500 would be no time at all in trainings of a thousand steps.
 */
export const RESAMPLE_AT: readonly number[] = [0.15, 0.3, 0.45, 0.6];
export const SILENT_SHARE = 0.1;

export function rateAt(step: number, { steps, learningRate }: DictionaryOptions): number {
  const warm = Math.max(1, Math.round(0.02 * steps));
  const rise = Math.min(1, (step + 1) / warm);
  const fall = Math.min(1, (steps - step) / Math.max(1, 0.2 * steps));
  return learningRate * rise * fall;
}
