import type { Rng } from "../../rng.ts";
import type { Parameters, Widths } from "./parameters.ts";

export interface LearnedState {
  readonly parameters: Parameters;
  readonly first: Parameters;
  readonly second: Parameters;
}

export interface Reborn {
  readonly widths: Widths;
  /** (F): 1 for features that were silent too long. */
  readonly silent: Float32Array;
  /** (B, D), and what was left of them, (B, O). */
  readonly rows: Float32Array;
  readonly residual: Float32Array;
}

/**
 * Silent features become inputs that are rebuilt badly, drawn in proportion to the square of their loss: the decoder row is what is
 * left of the input, normalised, the encoder row the input at 0.2 of the mean norm of living ones, bias and moments 0
 * (Bricken et al. 2023, who take the input for both, as inputs of mean 0 and their residuals of badly rebuilt ones hardly differ).
 */
export function resample(
  { parameters, first, second }: LearnedState,
  { widths, silent, rows, residual }: Reborn,
  random: Rng,
): void {
  const { inputs: D, outputs: O, features: F } = widths;
  const losses = squaredNorms(residual, O).map((loss) => loss * loss);
  const total = losses.reduce((sum, loss) => sum + loss, 0);
  const living = [...silent.keys()].filter((feature) => silent[feature] === 0);
  const norms = squaredNorms(parameters.encoder, D);
  const mean = living.reduce((sum, feature) => sum + Math.sqrt(norms[feature]!), 0) / Math.max(1, living.length);
  if (!(total > 0)) return;
  for (let feature = 0; feature < F; feature++) {
    if (silent[feature] !== 1) continue;
    let rest = random.next() * total;
    let row = 0;
    while (row < losses.length - 1 && rest >= losses[row]!) rest -= losses[row++]!;
    fillScaled(parameters.decoder, feature * O, residual.subarray(row * O, (row + 1) * O), 1);
    fillScaled(parameters.encoder, feature * D, rows.subarray(row * D, (row + 1) * D), 0.2 * (mean || 1));
    parameters.encoderBias[feature] = 0;
    for (const moments of [first, second]) {
      moments.decoder.fill(0, feature * O, (feature + 1) * O);
      moments.encoder.fill(0, feature * D, (feature + 1) * D);
      moments.encoderBias[feature] = 0;
    }
  }
}

function squaredNorms(matrix: Float32Array, width: number): Float64Array {
  const norms = new Float64Array(matrix.length / width);
  for (let i = 0; i < matrix.length; i++) norms[Math.floor(i / width)]! += matrix[i]! * matrix[i]!;
  return norms;
}

/** Writes a row at a place, scaled to a norm. */
function fillScaled(target: Float32Array, at: number, row: Float32Array, norm: number): void {
  const factor = norm / Math.max(Math.hypot(...row), 1e-12);
  for (let i = 0; i < row.length; i++) target[at + i] = row[i]! * factor;
}
