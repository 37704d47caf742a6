import { type RowsKernel, rowsKernel } from "../../tensor/index.ts";
import type { Parameters, Widths } from "./parameters.ts";
import type { SparseCode } from "./select.ts";

/** What a code is to rebuild. */
export interface Rebuilt {
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

/** A matrix in the kernel's memory: rows of `width` floats, `stride` apart, from `place` on (floats). */
interface Held {
  readonly place: number;
  readonly width: number;
  readonly stride: number;
}

const strideOf = (width: number): number => 4 * Math.ceil(width / 4);

/** The loss of a dictionary of some widths and its gradient, in a memory of the kernel's own. */
export class DictionaryLoss {
  readonly #widths: Widths;
  readonly #kernel: RowsKernel;
  readonly #decoder: Held;
  readonly #decoderSlopes: Held;
  readonly #encoderSlopes: Held;
  readonly #input: Held;
  readonly #rebuilt: Held;
  readonly #slope: Held;

  constructor(widths: Widths) {
    const { inputs: D, outputs: O, features: F } = widths;
    let floats = 0;
    const hold = (rows: number, width: number): Held => {
      const held = { place: floats, width, stride: strideOf(width) };
      floats += rows * held.stride;
      return held;
    };
    this.#widths = widths;
    this.#decoder = hold(F, O);
    this.#decoderSlopes = hold(F, O);
    this.#encoderSlopes = hold(F, D);
    this.#input = hold(1, D);
    this.#rebuilt = hold(1, O);
    this.#slope = hold(1, O);
    this.#kernel = rowsKernel(floats);
  }

  /**
   * weight · Σ_b ‖x̂_b − y_b‖² + l1 · Σ f, with x̂ = Σ_j f_j d_j (+ b_dec) and f_j = e_j · x + b_j of the active features, and its
   * gradient, which is added to `gradients`. Only active features are touched: a batch costs its non-zero entries.
   */
  addGradients(
    { decoder, decoderBias }: Pick<Parameters, "decoder" | "decoderBias">,
    { inputs32: x, targets: y, code: { starts, features, values } }: Rebuilt,
    { weight, l1, hasBias }: LossTerms,
    gradients: Parameters,
  ): LossParts {
    const { inputs: D, outputs: O } = this.#widths;
    const { floats, addScaled, dotAndAdd } = this.#kernel;
    const [held, decoderSlopes, encoderSlopes] = [this.#decoder, this.#decoderSlopes, this.#encoderSlopes];
    this.#write(held, decoder);
    this.#write(decoderSlopes, gradients.decoder);
    this.#write(encoderSlopes, gradients.encoder);
    const [input, rebuilt, slope] = [this.#input.place, this.#rebuilt.place, this.#slope.place];
    const [bytesIn, bytesOut] = [4 * encoderSlopes.stride, 4 * held.stride];
    const rows = starts.length - 1;
    const residual = new Float32Array(rows * O);
    let squares = 0;
    for (let row = 0; row < rows; row++) {
      const [from, to, place] = [starts[row]!, starts[row + 1]!, row * O];
      floats.set(x.subarray(row * D, (row + 1) * D), input);
      if (hasBias) floats.set(decoderBias, rebuilt);
      else floats.fill(0, rebuilt, rebuilt + O);
      for (let n = from; n < to; n++)
        addScaled(4 * rebuilt, 4 * held.place + features[n]! * bytesOut, bytesOut, values[n]!);
      for (let i = 0; i < O; i++) {
        const error = floats[rebuilt + i]! - y[place + i]!;
        residual[place + i] = -error;
        squares += error * error;
        floats[slope + i] = 2 * weight * error;
      }
      if (hasBias) for (let i = 0; i < O; i++) gradients.decoderBias[i]! += floats[slope + i]!;
      for (let n = from; n < to; n++) {
        const feature = features[n]!;
        const own = feature * bytesOut;
        const along =
          l1 + dotAndAdd(4 * slope, 4 * held.place + own, 4 * decoderSlopes.place + own, bytesOut, values[n]!);
        gradients.encoderBias[feature]! += along;
        addScaled(4 * encoderSlopes.place + feature * bytesIn, 4 * input, bytesIn, along);
      }
    }
    this.#read(decoderSlopes, gradients.decoder);
    this.#read(encoderSlopes, gradients.encoder);
    return { squares, residual };
  }

  #write({ place, width, stride }: Held, matrix: Float32Array): void {
    const { floats } = this.#kernel;
    if (stride === width) floats.set(matrix, place);
    else
      for (let at = 0, to = place; at < matrix.length; at += width, to += stride)
        floats.set(matrix.subarray(at, at + width), to);
  }

  #read({ place, width, stride }: Held, matrix: Float32Array): void {
    const { floats } = this.#kernel;
    if (stride === width) matrix.set(floats.subarray(place, place + matrix.length));
    else
      for (let at = 0, from = place; at < matrix.length; at += width, from += stride)
        matrix.set(floats.subarray(from, from + width), at);
  }
}
