import type { ModelShape, PretrainingPlan } from "./pretraining.ts";

/** Widths of a sweep over sizes: about 0.1M to 1.6M weights, each about twice as many as the one before. */
export const sweptWidths: readonly number[] = [40, 56, 80, 120, 176];

/** Four layers of so many channels in the committed checkpoint's proportions: only the width differs between sizes. */
export const shapeOfWidth = (width: number): ModelShape => ({
  hiddenSize: width,
  feedForwardSize: 3 * width,
  layers: 4,
  heads: 4,
  keyValueHeads: 2,
  headSize: width / 4,
});

/** The pre-training of one size: at every width the same documents in the same order, the same steps and the same rate. */
export function sweptPlan(width: number, seed: number, steps: number): PretrainingPlan {
  const warmupSteps = Math.min(100, Math.ceil(steps / 4));
  return {
    seed,
    shape: shapeOfWidth(width),
    contextLength: 192,
    batch: 16,
    length: 192,
    steps,
    cycles: [{ mixture: "broad", steps, peakLearningRate: 3e-3, warmupSteps, flatShare: 0.6 }],
  };
}
