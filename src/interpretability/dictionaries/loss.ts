import type { Parameters, Widths } from "./parameters.ts";
import type { SparseCode } from "./select.ts";

/** What a code is to rebuild. */
export interface Rebuilt extends Widths {
  /** (B, D). */
  readonly inputs32: Float32Array;
  /** (B, O). */
  readonly targets: Float32Array;
  readonly code: SparseCode;
}

export interface LossTerms {
  /** Of Σ ‖x̂ − y‖². */
  readonly weight: number;
  /** Of Σ f. */
  readonly l1: number;
  /** Whether b_dec is added to what the features make, and learned. */
  readonly hasBias: boolean;
}

export interface LossParts {
  /** Σ ‖x̂ − y‖² over the batch, unweighted. */
  readonly squares: number;
  /** y − x̂, (B, O). */
  readonly residual: Float32Array;
}

/**
 * weight · Σ_b ‖x̂_b − y_b‖² + l1 · Σ f, with x̂ = Σ_j f_j d_j (+ b_dec) and f_j = e_j · x + b_j of the active features, and its
 * gradient, which is added to `gradients`. Only active features are touched: a batch costs its non-zero entries.
 */
export function addGradients(
  { decoder, decoderBias }: Pick<Parameters, "decoder" | "decoderBias">,
  { inputs: D, outputs: O, inputs32: x, targets: y, code }: Rebuilt,
  { weight, l1, hasBias }: LossTerms,
  gradients: Parameters,
): LossParts {
  const { starts, features, values } = code;
  const rows = starts.length - 1;
  const residual = new Float32Array(rows * O);
  const rebuilt = new Float32Array(O);
  const slope = new Float32Array(O);
  const { encoder: dEncoder, encoderBias: dEncoderBias, decoder: dDecoder, decoderBias: dDecoderBias } = gradients;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    const [from, to, place] = [starts[row]!, starts[row + 1]!, row * O];
    if (hasBias) rebuilt.set(decoderBias);
    else rebuilt.fill(0);
    for (let n = from; n < to; n++) {
      const [value, at] = [values[n]!, features[n]! * O];
      for (let i = 0; i < O; i++) rebuilt[i]! += value * decoder[at + i]!;
    }
    for (let i = 0; i < O; i++) {
      const error = rebuilt[i]! - y[place + i]!;
      residual[place + i] = -error;
      squares += error * error;
      slope[i] = 2 * weight * error;
    }
    if (hasBias) for (let i = 0; i < O; i++) dDecoderBias[i]! += slope[i]!;
    for (let n = from; n < to; n++) {
      const [value, feature] = [values[n]!, features[n]!];
      const [at, own, input] = [feature * O, feature * D, row * D];
      let along = l1;
      for (let i = 0; i < O; i++) {
        const s = slope[i]!;
        along += s * decoder[at + i]!;
        dDecoder[at + i]! += value * s;
      }
      dEncoderBias[feature]! += along;
      for (let i = 0; i < D; i++) dEncoder[own + i]! += along * x[input + i]!;
    }
  }
  return { squares, residual };
}
