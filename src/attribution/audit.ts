import { throwIfInterrupted } from "../errors.ts";
import type { Checkpoint } from "../transformer/index.ts";
import { type Curvature, fitCurvature, storeScales } from "./ekfac/fit.ts";
import { GradientReader } from "./gradients/gradient-reader.ts";
import { type ComparisonExample, comparisonLoss } from "./gradients/losses.ts";

/**
 * How suspicious a label is, by four measures; more is worse.
 * "left-out": the loss that the label would have, had the model not been trained on it, foretold by influence.
 * "self-influence": ∇ℓ (H + λ)⁻¹ ∇ℓ. "gradient": ‖∇ℓ‖² (TracIn's self-influence, Pruthi et al. 2020 §4.1). "loss": as trained.
 */
export const suspicionNames = ["left-out", "self-influence", "gradient", "loss"] as const;
export type SuspicionName = (typeof suspicionNames)[number];

export interface AuditOptions {
  readonly seed: number;
  /** λ over the mean eigenvalue. Default 0.1. */
  readonly damping?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onComparisons?: (count: number) => void;
}

/** Suspicion of every comparison, by measure, under the preference model that was trained on them. */
export async function suspectLabels(
  { config, weights }: Pick<Checkpoint, "config" | "weights">,
  comparisons: readonly ComparisonExample[],
  { seed, damping = 0.1, signal, onComparisons }: AuditOptions,
): Promise<Readonly<Record<SuspicionName, Float64Array>>> {
  const reader = await GradientReader.create({ config, weights, loss: comparisonLoss, seed });
  try {
    const following = { seed, signal, ...(onComparisons && { onExamples: onComparisons }) };
    const curvature: Curvature = await fitCurvature(reader, comparisons, following);
    await storeScales(reader, curvature, damping);
    const makeColumn = (): Float64Array => new Float64Array(comparisons.length);
    const found = {
      "left-out": makeColumn(),
      "self-influence": makeColumn(),
      gradient: makeColumn(),
      loss: makeColumn(),
    };
    for (const members of reader.plan(comparisons)) {
      throwIfInterrupted(signal, "Reading the gradients of comparisons");
      const batch = members.map((i) => comparisons[i] as ComparisonExample);
      const outputs = await reader.read(batch, ["squares", "influences"]);
      for (const [row, i] of members.entries()) {
        const margin = outputs["margin"]?.[row] ?? 0;
        const { label, weight } = batch[row] as ComparisonExample;
        const influence = outputs["influences"]?.[row] ?? 0;
        found.loss[i] = divergence(label, margin);
        found.gradient[i] = outputs["squares"]?.[row] ?? 0;
        found["self-influence"][i] = influence;
        found["left-out"][i] = divergence(label, marginWithout(label, weight, margin, influence / comparisons.length));
      }
      onComparisons?.(batch.length);
    }
    return found;
  } finally {
    await reader.dispose();
  }
}

/** KL of the label from σ(margin), nats: the loss, less what no model could avoid of a soft label. */
export function divergence(label: number, margin: number): number {
  const part = (p: number, logOf: number): number => (p === 0 ? 0 : p * (Math.log(p) - logOf));
  return part(label, logSigmoid(margin)) + part(1 - label, logSigmoid(-margin));
}

/**
 * The margin, had the model not been trained on the pair: a Newton step away from it. With r = w (label − σ(d)), ∇ℓ = −r ∇d and
 * self-influence s = r² ∇d (H + λ)⁻¹ ∇d / n, leaving out moves d by −s / r; H without the pair's own part divides it by 1 − w σ′ s / r²
 * (Sherman & Morrison), which is kept above a tenth.
 */
export function marginWithout(label: number, weight: number, margin: number, selfInfluence: number): number {
  const p = 1 / (1 + Math.exp(-margin));
  const residual = weight * (label - p);
  if (Math.abs(residual) < 1e-6) return margin;
  const leverage = (weight * p * (1 - p) * selfInfluence) / residual ** 2;
  return margin - selfInfluence / residual / Math.max(0.1, 1 - leverage);
}

const logSigmoid = (x: number): number => -(Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x))));
