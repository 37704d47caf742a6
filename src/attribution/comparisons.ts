import { contentHash } from "../storage/index.ts";
import type { Checkpoint } from "../transformer/index.ts";
import { storeCurvature } from "./ekfac/fit.ts";
import { openCurvature } from "./ekfac/open-curvature.ts";
import { GradientReader } from "./gradients/gradient-reader.ts";
import {
  type ComparisonExample,
  type CompletionExample,
  comparisonLoss,
  completionLoss,
  type ExampleLoss,
} from "./gradients/losses.ts";
import {
  type OptimisedComparison,
  optimisedLoss,
  rewardLoss,
  type ScoredAnswer,
} from "./gradients/preference-losses.ts";
import { type ExactOptions, multiplyQueries, readQueries } from "./referee/exact.ts";

/** What a model was trained on by preference: comparisons, and the answer that is asked about as that model reads it. */
export type PreferenceTraining =
  | {
      readonly objective: "preference-model";
      readonly comparisons: readonly ComparisonExample[];
      readonly answer: ScoredAnswer;
    }
  | {
      readonly objective: "dpo";
      readonly beta: number;
      readonly comparisons: readonly OptimisedComparison[];
      readonly answer: CompletionExample;
    };

export interface ComparisonOptions extends Omit<ExactOptions, "damping"> {
  /** Default 0.1. */
  readonly damping?: number;
  readonly seed: number;
  /** Where the curvature is kept, which every answer shares. */
  readonly folder: string;
  /** Of the checkpoint. */
  readonly hash: string;
  /** Before the first gradient: how often \`onExamples\` will hear of each comparison, once, or three times where the curvature is fitted first. */
  readonly onPasses?: (passes: 1 | 3) => void;
}

/**
 * What each comparison did for an answer by EK-FAC influence, without a projection: of a preference model, how far it moved the
 * answer's score; of DPO, how far it moved log P(answer). ∇ℓ(q) (H + λ)⁻¹ ∇ℓ(z) / n, H of the loss of the comparisons.
 */
export async function attributeToComparisons(
  checkpoint: Pick<Checkpoint, "config" | "weights">,
  training: PreferenceTraining,
  options: ComparisonOptions,
): Promise<Float64Array> {
  if (training.objective === "dpo") {
    const { beta, comparisons: examples, answer: query } = training;
    const asked = { loss: optimisedLoss(beta), examples, queryLoss: completionLoss, query };
    return influencesOf(checkpoint, asked, options);
  }
  const { comparisons: examples, answer: query } = training;
  return influencesOf(checkpoint, { loss: comparisonLoss, examples, queryLoss: rewardLoss, query }, options);
}

interface Asked<X, Q> {
  readonly loss: ExampleLoss<X>;
  readonly examples: readonly X[];
  /** Of the answer. */
  readonly queryLoss: ExampleLoss<Q>;
  readonly query: Q;
}

async function influencesOf<X, Q>(
  { config, weights }: Pick<Checkpoint, "config" | "weights">,
  { loss, examples, queryLoss, query }: Asked<X, Q>,
  { damping = 0.1, ...options }: ComparisonOptions,
): Promise<Float64Array> {
  const { seed, folder, hash, signal, onExamples, onPasses } = options;
  const exact = { ...options, damping };
  const reader = await GradientReader.create({ config, weights, loss, seed });
  try {
    const curvature = await openCurvature(reader, examples, {
      ...{ folder, of: contentHash({ hash, examples, seed }), seed, signal, onExamples },
      onPasses: (passes) => onPasses?.(passes === 0 ? 1 : 3),
    });
    const asking = await GradientReader.create({ config, weights, loss: queryLoss, seed });
    try {
      await storeCurvature(asking, curvature);
      const held = await readQueries(asking, curvature, [query], exact);
      const [scores = new Float64Array()] = await multiplyQueries(reader, held, 1, examples, exact);
      return scores.map((product) => product / examples.length);
    } finally {
      await asking.dispose();
    }
  } finally {
    await reader.dispose();
  }
}
