import type { Dictionary } from "./dictionary.ts";

/** Mean of every number of an input, and one scale for all, so that dictionaries of any site learn at the same rates. */
export interface Standard {
  readonly mean: Float32Array;
  /** Square root of the mean variance of a number. */
  readonly scale: number;
}

/** Of rows (N, W). */
export function standardOf(rows: Float32Array, width: number): Standard {
  const count = rows.length / width;
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let i = 0; i < rows.length; i++) {
    const [value, at] = [rows[i]!, i % width];
    sums[at]! += value;
    squares[at]! += value * value;
  }
  const mean = Float32Array.from(sums, (sum) => sum / count);
  const variance = squares.reduce((sum, square, i) => sum + square / count - (sums[i]! / count) ** 2, 0) / width;
  return { mean, scale: Math.sqrt(Math.max(variance, 1e-20)) };
}

export function standardise(rows: Float32Array, { mean, scale }: Standard): Float32Array {
  const result = new Float32Array(rows.length);
  const { length: width } = mean;
  for (let i = 0, at = 0; i < rows.length; i++) {
    result[i] = (rows[i]! - mean[at]!) / scale;
    if (++at === width) at = 0;
  }
  return result;
}

/**
 * The same dictionary for inputs as they come. With x' = (x − μ)/s, y' = (y − μ_y)/s_y and decoder rows of norm 1:
 * f = s_y f', E = s_y E'/s, b = s_y (b' − E' μ/s), θ = s_y θ', b_dec = s_y b'_dec + μ_y.
 */
export function unstandardise(learned: Dictionary, inputs: Standard, outputs: Standard): Dictionary {
  const { inputs: D, features: F } = learned;
  const factor = outputs.scale / inputs.scale;
  const encoder = learned.encoder.map((value) => value * factor);
  const encoderBias = new Float32Array(F);
  for (let j = 0; j < F; j++) {
    let shift = 0;
    for (let i = 0; i < D; i++) shift += encoder[j * D + i]! * inputs.mean[i]!;
    encoderBias[j] = outputs.scale * learned.encoderBias[j]! - shift;
  }
  return {
    ...learned,
    encoder,
    encoderBias,
    thresholds: learned.thresholds.map((value) => value * outputs.scale),
    decoderBias: learned.decoderBias.map((value, i) => value * outputs.scale + outputs.mean[i]!),
  };
}
