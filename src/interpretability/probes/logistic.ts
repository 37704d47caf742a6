/** P(true) = σ(w · (x − μ)/s + b): a probe of a dense vector. */
export interface LogisticProbe {
  readonly weights: Float64Array;
  readonly bias: number;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

export interface FitOptions {
  /** Of Σ w², beside the mean cross-entropy. */
  readonly penalty?: number;
  readonly rounds?: number;
}

/**
 * Logistic regression by Nesterov's accelerated descent on the mean cross-entropy, inputs standardised, w penalised. rows (N, W),
 * labels (N) of 0 and 1. The step is 1/L of the bound L = tr(XᵀX)/4N + penalty, taken as its largest by a power iteration.
 */
export function fitLogisticProbe(
  rows: Float32Array,
  labels: ArrayLike<number>,
  options: FitOptions = {},
): LogisticProbe {
  const { penalty = 1e-3, rounds = 300 } = options;
  const count = labels.length;
  const width = rows.length / count;
  const { mean, scale } = momentsOf(rows, width);
  const x = Float64Array.from(rows, (value, i) => (value - mean[i % width]!) / scale[i % width]!);
  const step = 1 / (greatestCurvature(x, width) / 4 + penalty + 0.25);
  const weights = new Float64Array(width + 1);
  let ahead = weights.slice();
  let before = weights.slice();
  const gradient = new Float64Array(width + 1);
  for (let round = 0; round < rounds; round++) {
    gradient.fill(0);
    for (let row = 0; row < count; row++) {
      let z = ahead[width]!;
      for (let i = 0; i < width; i++) z += ahead[i]! * x[row * width + i]!;
      const error = (1 / (1 + Math.exp(-z)) - labels[row]!) / count;
      for (let i = 0; i < width; i++) gradient[i]! += error * x[row * width + i]!;
      gradient[width]! += error;
    }
    const now = ahead.map((w, i) => w - step * (gradient[i]! + (i < width ? penalty * w : 0)));
    const momentum = round / (round + 3);
    ahead = now.map((w, i) => w + momentum * (w - before[i]!));
    before = now;
  }
  return { weights: before.subarray(0, width), bias: before[width]!, mean, scale };
}

/** The logit of every row (N, W). */
export function probeLogits({ weights, bias, mean, scale }: LogisticProbe, rows: Float32Array): Float64Array {
  const { length: width } = weights;
  return Float64Array.from({ length: rows.length / width }, (_, row) => {
    let z = bias;
    for (let i = 0; i < width; i++) z += (weights[i]! * (rows[row * width + i]! - mean[i]!)) / scale[i]!;
    return z;
  });
}

function momentsOf(rows: Float32Array, width: number): { readonly mean: Float64Array; readonly scale: Float64Array } {
  const count = rows.length / width;
  const [mean, scale] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]! / count;
  for (let i = 0; i < rows.length; i++) scale[i % width]! += (rows[i]! - mean[i % width]!) ** 2 / count;
  return { mean, scale: scale.map((variance) => Math.sqrt(variance) || 1) };
}

/** The greatest eigenvalue of XᵀX/N. */
function greatestCurvature(x: Float64Array, width: number): number {
  const count = x.length / width;
  let vector = new Float64Array(width).fill(1 / Math.sqrt(width));
  let value = 0;
  for (let round = 0; round < 20; round++) {
    const next = new Float64Array(width);
    for (let row = 0; row < count; row++) {
      let along = 0;
      for (let i = 0; i < width; i++) along += x[row * width + i]! * vector[i]!;
      for (let i = 0; i < width; i++) next[i]! += (along * x[row * width + i]!) / count;
    }
    value = Math.hypot(...next);
    if (value === 0) return 1;
    vector = next.map((v) => v / value);
  }
  return 1.1 * value;
}
