import { createHash } from "node:crypto";
import { type CorpusBatch, corpusBatch, corpusDocuments, type Encoder } from "./corpus.ts";
import type { Mixture } from "./documents.ts";
import type { Document } from "./spans.ts";

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

/** One cycle of the corpus and the learning rate: warm-up, flat, then linear decay to 2 % of the peak. */
export interface Cycle {
  readonly mixture: Mixture;
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

const makeCycle = (steps: number, warmupSteps: number): Cycle => ({
  mixture: "broad",
  steps,
  peakLearningRate: 3e-3,
  warmupSteps,
  flatShare: 0.6,
});

/**
 * "committed" trained the package's checkpoint: at a flat rate until looking up is learned, then with more of what is asked once a
 * document only. "demo" is what `--from-scratch` runs; "smoke" only shows the mechanics.
 */
export const pretrainingPlans = {
  smoke: plan(8, [makeCycle(60, 20)]),
  demo: plan(16, [makeCycle(4500, 100)]),
  committed: plan(16, [
    { ...makeCycle(5000, 100), flatShare: 1 },
    { ...makeCycle(5000, 0), mixture: "late", flatShare: 0.3 },
    { ...makeCycle(1200, 0), mixture: "last", peakLearningRate: 1.5e-3, flatShare: 0.4 },
  ]),
} as const satisfies Record<string, PretrainingPlan>;

export type PretrainingPreset = keyof typeof pretrainingPlans;

/** The cycle that a step, counted from 0, belongs to, and its number within it. */
function findCycle({ cycles, steps }: PretrainingPlan, step: number): { readonly cycle: Cycle; readonly own: number } {
  let first = 0;
  for (const cycle of cycles) {
    if (step < first + cycle.steps) return { cycle, own: step - first };
    first += cycle.steps;
  }
  throw new RangeError(`a plan of ${steps} steps has no step ${step}`);
}

/** Learning rate of a step, counted from 0. @throws {RangeError} past the plan's end */
export function pretrainingRate(plan: PretrainingPlan, step: number): number {
  const { cycle, own } = findCycle(plan, step);
  const { steps, peakLearningRate, warmupSteps, flatShare } = cycle;
  const flatEnd = Math.floor(steps * flatShare);
  if (own < warmupSteps) return (peakLearningRate * (own + 1)) / warmupSteps;
  if (own < flatEnd) return peakLearningRate;
  return peakLearningRate * (1 - 0.98 * ((own - flatEnd) / Math.max(1, steps - flatEnd)));
}

/** The documents of one step of a plan. */
export const pretrainingDocuments = (plan: PretrainingPlan, step: number): readonly Document[] =>
  corpusDocuments(plan.seed, step, { ...plan, mixture: findCycle(plan, step).cycle.mixture }).map(
    ({ document }) => document,
  );

/** The batch of one step of a plan. */
export const pretrainingBatch = (plan: PretrainingPlan, step: number, encoder: Encoder): CorpusBatch =>
  corpusBatch(plan.seed, step, encoder, { ...plan, mixture: findCycle(plan, step).cycle.mixture });

/** SHA-256 over the tokens and weights of the first steps: equal hashes mean the same corpus. */
export function corpusHash(plan: PretrainingPlan, encoder: Encoder, steps = 50): string {
  const hash = createHash("sha256");
  for (let step = 0; step < Math.min(steps, plan.steps); step++) {
    const { tokens, weights } = pretrainingBatch(plan, step, encoder);
    hash.update(tokens).update(weights);
  }
  return hash.digest("hex");
}
