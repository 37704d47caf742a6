import type { Graph, Value } from "../tensor/graph.ts";
import { add, div, minimum, mul, sqrt, sub } from "../tensor/operators/elementwise.ts";
import { reduceSumSquare } from "../tensor/operators/reduce.ts";

export interface AdamWOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled decay a step is learning rate × this; never on embeddings, norms and the scalar head. */
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

/** min(1, limit / norm), by which all gradients are multiplied. */
export const clipFactor = (norm: Value, limit: number): Value => minimum(div(limit, add(norm, 1e-6)), 1);

/** Per-step scalars that the session computes in float64: the bias corrections of Kingma & Ba 2015. */
export interface StepScalars {
  readonly learningRate: Value;
  /** learningRate · sqrt(1 − beta2^t) / (1 − beta1^t) */
  readonly stepSize: Value;
  /** epsilon · sqrt(1 − beta2^t) */
  readonly epsilon: Value;
}

export function stepScalars(graph: Graph): StepScalars {
  const scalar = (name: string): Value => graph.input(name, "float32", []);
  return {
    learningRate: scalar("step.learningRate"),
    stepSize: scalar("step.stepSize"),
    epsilon: scalar("step.epsilon"),
  };
}

/** The numbers to feed for step t ≥ 1. */
export function stepScalarValues(
  step: number,
  learningRate: number,
  { beta1, beta2, epsilon }: AdamWOptions,
): Record<keyof StepScalars, number> {
  const correction2 = Math.sqrt(1 - beta2 ** step);
  return { learningRate, stepSize: (learningRate * correction2) / (1 - beta1 ** step), epsilon: epsilon * correction2 };
}

export interface Moments {
  readonly first: Value;
  readonly second: Value;
}

/**
 * One AdamW update (Loshchilov & Hutter 2019) of a parameter whose gradient is clip · gradient:
 * p ← p − rate·decay·p − rate · m̂ / (sqrt(v̂) + epsilon), with the bias corrections moved into the scalars.
 */
export function adamW(
  parameter: Value,
  gradient: Value,
  clip: Value,
  moments: Moments,
  scalars: StepScalars,
  { beta1, beta2, weightDecay }: AdamWOptions,
): { readonly parameter: Value } & Moments {
  const first = add(mul(moments.first, beta1), mul(gradient, mul(clip, 1 - beta1)));
  const second = add(mul(moments.second, beta2), mul(mul(gradient, gradient), mul(mul(clip, clip), 1 - beta2)));
  const change = div(mul(first, scalars.stepSize), add(sqrt(second), scalars.epsilon));
  const decayed = weightDecay === 0 ? parameter : mul(parameter, sub(1, mul(scalars.learningRate, weightDecay)));
  return { parameter: sub(decayed, change), first, second };
}
