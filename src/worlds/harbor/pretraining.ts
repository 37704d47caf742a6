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

/** A pre-training of harbor: everything that its weights depend on. */
export interface PretrainingPlan {
  readonly seed: number;
  readonly shape: ModelShape;
  readonly contextLength: number;
  readonly batch: number;
  readonly length: number;
  readonly steps: number;
  /** In order; their steps add up to `steps`. */
  readonly cycles: readonly Cycle[];
}

/** One cycle of the learning rate: warm-up, flat, then linear decay to 2 % of the peak. */
export interface Cycle {
  readonly steps: number;
  readonly peakLearningRate: number;
  readonly warmupSteps: number;
  /** Share of the steps before the rate falls. */
  readonly flatShare: number;
}

const shape: ModelShape = {
  hiddenSize: 128,
  feedForwardSize: 384,
  layers: 4,
  heads: 4,
  keyValueHeads: 2,
  headSize: 32,
};

const plan = (batch: number, cycles: readonly Cycle[]): PretrainingPlan => ({
  seed: 1,
  shape,
  contextLength: 192,
  batch,
  length: 192,
  steps: cycles.reduce((sum, { steps }) => sum + steps, 0),
  cycles,
});

/** "committed" trained the package's checkpoint; "demo" is what `--from-scratch` runs; "smoke" only shows the mechanics. */
export const pretrainingPlans = {
  smoke: plan(8, [{ steps: 60, peakLearningRate: 3e-3, warmupSteps: 20, flatShare: 0.6 }]),
  demo: plan(16, [{ steps: 4500, peakLearningRate: 3e-3, warmupSteps: 100, flatShare: 0.6 }]),
  committed: plan(16, [
    { steps: 6500, peakLearningRate: 3e-3, warmupSteps: 100, flatShare: 0.654 },
    { steps: 3500, peakLearningRate: 2e-3, warmupSteps: 100, flatShare: 0.4 },
  ]),
} as const satisfies Record<string, PretrainingPlan>;

export type PretrainingPreset = keyof typeof pretrainingPlans;

/** Learning rate of a step, counted from 0. */
export function pretrainingRate({ cycles }: PretrainingPlan, step: number): number {
  let first = 0;
  for (const { steps, peakLearningRate, warmupSteps, flatShare } of cycles) {
    const own = step - first;
    first += steps;
    if (step >= first) continue;
    const flatEnd = Math.floor(steps * flatShare);
    if (own < warmupSteps) return (peakLearningRate * (own + 1)) / warmupSteps;
    if (own < flatEnd) return peakLearningRate;
    return peakLearningRate * (1 - 0.98 * ((own - flatEnd) / Math.max(1, steps - flatEnd)));
  }
  return 0;
}

/** The batch of one step of a plan. */
export const pretrainingBatch = (plan: PretrainingPlan, step: number, encoder: Encoder): CorpusBatch =>
  corpusBatch(plan.seed, step, encoder, { batch: plan.batch, length: plan.length });

/** SHA-256 over the tokens and weights of the first steps: equal hashes mean the same corpus. */
export function corpusHash(plan: PretrainingPlan, encoder: Encoder, steps = 50): string {
  const hash = createHash("sha256");
  for (let step = 0; step < Math.min(steps, plan.steps); step++) {
    const { tokens, weights } = pretrainingBatch(plan, step, encoder);
    hash.update(tokens).update(weights);
  }
  return hash.digest("hex");
}
