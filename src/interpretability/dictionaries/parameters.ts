import type { Rng } from "../../rng.ts";

/** What is learned, or its gradient. D numbers in, O out (D again, unless it is a transcoder), F features. */
export interface Parameters {
  /** (F, D). */
  readonly encoder: Float32Array;
  /** (F). */
  readonly encoderBias: Float32Array;
  /** (F, O); rows of norm 1. */
  readonly decoder: Float32Array;
  /** (O). */
  readonly decoderBias: Float32Array;
}

export const parameterNames = ["encoder", "encoderBias", "decoder", "decoderBias"] as const;

export interface Widths {
  readonly inputs: number;
  readonly outputs: number;
  readonly features: number;
}

export const zeroParameters = ({ inputs, outputs, features }: Widths): Parameters => ({
  encoder: new Float32Array(features * inputs),
  encoderBias: new Float32Array(features),
  decoder: new Float32Array(features * outputs),
  decoderBias: new Float32Array(outputs),
});

/** Random decoder rows of norm 1; the encoder begins as the decoder, where it may. */
export function initialParameters(random: Rng, widths: Widths): Parameters {
  const parameters = zeroParameters(widths);
  const { encoder, decoder } = parameters;
  for (let i = 0; i < decoder.length; i++) decoder[i] = random.normal();
  normaliseRows(decoder, widths.outputs);
  if (widths.inputs === widths.outputs) encoder.set(decoder);
  else {
    for (let i = 0; i < encoder.length; i++) encoder[i] = random.normal();
    normaliseRows(encoder, widths.inputs);
  }
  return parameters;
}

/** Divides every row by its norm. */
export function normaliseRows(matrix: Float32Array, width: number): void {
  for (let start = 0; start < matrix.length; start += width) {
    let squares = 0;
    for (let i = start; i < start + width; i++) squares += matrix[i]! * matrix[i]!;
    const factor = 1 / Math.max(Math.sqrt(squares), 1e-12);
    for (let i = start; i < start + width; i++) matrix[i]! *= factor;
  }
}

/** Takes from every row of the gradient what is parallel to the row of norm 1 that it is of (Bricken et al. 2023). */
export function removeParallel(gradient: Float32Array, rows: Float32Array, width: number): void {
  for (let start = 0; start < rows.length; start += width) {
    let along = 0;
    for (let i = start; i < start + width; i++) along += gradient[i]! * rows[i]!;
    for (let i = start; i < start + width; i++) gradient[i]! -= along * rows[i]!;
  }
}
