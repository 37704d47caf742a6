import { type AdamWStep, add, reduceSumSquare, sqrt, type Value } from "../../tensor/index.ts";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled decay per step: learning rate × this; never on embeddings, norms and the scalar head. */
  readonly weightDecay: number;
  /** Gradients are scaled down to this global norm. */
  readonly clipNorm: number;
}

export const ADAMW_DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };

/** Square root of the sum of squares over all tensors; a scalar. */
export function globalNorm(values: readonly Value[]): Value {
  const squares = values.map((value) => reduceSumSquare(value));
  return sqrt(squares.reduce((sum, square) => add(sum, square)));
}

/** The numbers of step t ≥ 1 in float64, with the bias corrections of Kingma & Ba 2015 moved into two of them. */
export function adamWStep(step: number, learningRate: number, options: AdamWOptions): AdamWStep {
  const { beta1, beta2, epsilon, clipNorm } = options;
  const correction2 = Math.sqrt(1 - beta2 ** step);
  const stepSize = (learningRate * correction2) / (1 - beta1 ** step);
  return { beta1, beta2, learningRate, stepSize, epsilon: epsilon * correction2, clipNorm };
}
