import { createHash } from "node:crypto";
import { type CorpusBatch, corpusBatch, type Encoder } from "./corpus.ts";

/** Shape of the decoder, in the words of a Llama config. */
export interface ModelShape {
  readonly hiddenSize: number;
  readonly feedForwardSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

export interface PretrainingPlan {
  readonly seed: number;
  readonly shape: ModelShape;
  readonly contextLength: number;
  readonly batch: number;
  readonly length: number;
  readonly steps: number;
  readonly peakLearningRate: number;
  readonly warmupSteps: number;
  /** Share of the steps before the rate falls linearly to 2 % of its peak. */
  readonly flatShare: number;
}

const shape: ModelShape = { hiddenSize: 128, feedForwardSize: 384, layers: 4, heads: 4, keyValueHeads: 2, headSize: 32 };

/** "committed" trained the checkpoint in the package; "demo" is what `--from-scratch` repeats; "smoke" shows the mechanics. */
export const pretrainingPlans = {
  smoke: { seed: 1, shape, contextLength: 192, batch: 8, length: 192, steps: 60, peakLearningRate: 3e-3, warmupSteps: 20, flatShare: 0.6 },
  demo: { seed: 1, shape, contextLength: 192, batch: 16, length: 192, steps: 4500, peakLearningRate: 3e-3, warmupSteps: 100, flatShare: 0.6 },
  committed: { seed: 1, shape, contextLength: 192, batch: 16, length: 192, steps: 6500, peakLearningRate: 3e-3, warmupSteps: 100, flatShare: 0.654 },
} as const satisfies Record<string, PretrainingPlan>;

export type PretrainingPreset = keyof typeof pretrainingPlans;

/** Warm-up, flat, then linear decay to 2 % of the peak. `step` counts from 0. */
export function pretrainingRate({ steps, peakLearningRate, warmupSteps, flatShare }: PretrainingPlan, step: number): number {
  const flatEnd = Math.floor(steps * flatShare);
  if (step < warmupSteps) return (peakLearningRate * (step + 1)) / warmupSteps;
  if (step < flatEnd) return peakLearningRate;
  return peakLearningRate * (1 - 0.98 * ((step - flatEnd) / Math.max(1, steps - flatEnd)));
}

/** The batch of one step of a plan. */
export const pretrainingBatch = (plan: PretrainingPlan, step: number, encoder: Encoder): CorpusBatch =>
  corpusBatch(plan.seed, step, encoder, { batch: plan.batch, length: plan.length });

/** sha256 over the tokens and weights of the first steps: equal hashes mean the same corpus. */
export function corpusHash(plan: PretrainingPlan, encoder: Encoder, steps = 50): string {
  const hash = createHash("sha256");
  for (let step = 0; step < Math.min(steps, plan.steps); step++) {
    const { tokens, weights } = pretrainingBatch(plan, step, encoder);
    hash.update(tokens).update(weights);
  }
  return hash.digest("hex");
}
