import { add, Graph, loadSession, matmul, type RuntimeSession, toOnnx, toRuntime } from "../../tensor/index.ts";
import type { Parameters, Widths } from "./parameters.ts";
import { type SparseCode, selectAbove } from "./select.ts";

/**
 * A learned dictionary in the form in which all kinds are used: f_j = z_j where z_j > θ_j and else 0, z = E x + b, x̂ = f W + b_dec
 * (JumpReLU, Rajamanoharan et al. 2024).
 */
export interface Dictionary extends Widths, Parameters {
  /** θ (F), at least 0. */
  readonly thresholds: Float32Array;
}

/** z = E x + b for any number of rows, as a graph of the tensor runtime. */
export class Encoder {
  readonly #session: RuntimeSession;
  readonly #widths: Pick<Widths, "inputs" | "features">;

  private constructor(session: RuntimeSession, widths: Pick<Widths, "inputs" | "features">) {
    this.#session = session;
    this.#widths = widths;
  }

  static async create({ inputs, features }: Pick<Widths, "inputs" | "features">, threads?: number): Promise<Encoder> {
    const graph = new Graph();
    const x = graph.input("x", "float32", ["B", inputs]);
    const product = matmul(x, graph.input("encoder", "float32", [features, inputs]), { transposeB: true });
    const z = add(product, graph.input("bias", "float32", [features]));
    return new Encoder(await loadSession(toOnnx(graph, { z }), threads), { inputs, features });
  }

  /** x (B, D) to (B, F). */
  async run(
    { encoder, encoderBias }: Pick<Parameters, "encoder" | "encoderBias">,
    x: Float32Array,
  ): Promise<Float32Array> {
    const { inputs, features } = this.#widths;
    const tensor = (data: Float32Array, shape: readonly number[]) => toRuntime({ dtype: "float32", shape, data });
    const { z } = await this.#session.run({
      x: tensor(x, [x.length / inputs, inputs]),
      encoder: tensor(encoder, [features, inputs]),
      bias: tensor(encoderBias, [features]),
    });
    return z!.data as Float32Array;
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}

/** Rows encoded at a time, so that memory stays flat. */
const ROWS = 2048;

/** The active features of every row of x (N, D). */
export async function encode(encoder: Encoder, dictionary: Dictionary, x: Float32Array): Promise<SparseCode> {
  const { inputs, features: size, thresholds } = dictionary;
  const parts: SparseCode[] = [];
  for (let start = 0; start < x.length; start += ROWS * inputs) {
    const values = await encoder.run(dictionary, x.subarray(start, Math.min(x.length, start + ROWS * inputs)));
    parts.push(selectAbove({ values, size }, thresholds));
  }
  return joinCodes(parts);
}

function joinCodes(parts: readonly SparseCode[]): SparseCode {
  const rows = parts.reduce((sum, { starts }) => sum + starts.length - 1, 0);
  const count = parts.reduce((sum, { features }) => sum + features.length, 0);
  const joined = { starts: new Int32Array(rows + 1), features: new Int32Array(count), values: new Float32Array(count) };
  let [row, at] = [0, 0];
  for (const { starts, features, values } of parts) {
    for (let i = 1; i < starts.length; i++) joined.starts[row + i] = at + starts[i]!;
    joined.features.set(features, at);
    joined.values.set(values, at);
    row += starts.length - 1;
    at += features.length;
  }
  return joined;
}

/** What the features of a code make: (N, O). */
export function decode(
  { outputs: O, decoder, decoderBias }: Dictionary,
  { starts, features, values }: SparseCode,
): Float32Array {
  const rows = starts.length - 1;
  const rebuilt = new Float32Array(rows * O);
  for (let row = 0; row < rows; row++) {
    const place = row * O;
    rebuilt.set(decoderBias, place);
    for (let n = starts[row]!; n < starts[row + 1]!; n++) {
      const [value, at] = [values[n]!, features[n]! * O];
      for (let i = 0; i < O; i++) rebuilt[place + i]! += value * decoder[at + i]!;
    }
  }
  return rebuilt;
}
