import { throwIfInterrupted } from "../../errors.ts";
import { type Rng, rng } from "../../rng.ts";
import type { TensorValue } from "../../tensor/index.ts";
import type { Weights, WeightTensor } from "../../transformer/index.ts";
import { outputOf, stored } from "../gradients/gradient-graph.ts";
import type { GradientReader, Outputs } from "../gradients/gradient-reader.ts";
import { eigenOf } from "./eigen.ts";

/**
 * The curvature of a loss by EK-FAC (George et al. 2018): of each weight H ≈ (Q_δ ⊗ Q_a) Λ (Q_δ ⊗ Q_a)ᵀ. Tensors
 * "basis.input.LAYER", "basis.output.WEIGHT" with eigenvectors as columns, and "eigenvalues.WEIGHT", Λ as (out, in).
 */
export type Curvature = Weights;

export interface FitOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many more examples were gone through; each is gone through twice. */
  readonly onExamples?: ((count: number) => void) | undefined;
}

/**
 * Two passes over examples whose labels the model draws itself: the factors E[a aᵀ] and E[δ δᵀ] over tokens, then, in their
 * eigenbases, the mean square of the examples' gradients. Leaves the bases in the reader's store.
 */
export async function fitCurvature<X>(
  reader: GradientReader<X>,
  examples: readonly X[],
  { seed, signal, onExamples }: FitOptions,
): Promise<Curvature> {
  const random = rng(seed, "attribution", "drawn labels");
  const batches = reader.plan(examples).map((members) => members.map((i) => examples[i] as X));
  const drawn: X[][] = [];
  const factors = new Sums();
  const checkpoint = (): void => throwIfInterrupted(signal, "Fitting the curvature");
  for (const batch of batches) {
    checkpoint();
    const own = await drawLabels(reader, batch, random);
    drawn.push(own);
    factors.add(await reader.read(own, ["factors"]), "factor.");
    onExamples?.(batch.length);
  }
  const curvature = new Map<string, WeightTensor>();
  for (const [name, sum] of factors.sums) {
    checkpoint();
    const n = Math.sqrt(sum.length);
    const basis = name.startsWith(outputOf.inputFactor(""))
      ? stored.inputBasis(name.slice(outputOf.inputFactor("").length))
      : stored.outputBasis(name.slice(outputOf.outputFactor("").length));
    curvature.set(basis, { shape: [n, n], data: eigenvectorsOf(sum, n) });
  }
  await storeCurvature(reader, curvature);
  const eigenvalues = new Sums();
  for (const batch of drawn) {
    checkpoint();
    eigenvalues.add(await reader.read(batch, ["eigenvalues"]), "eigenvalues.");
    onExamples?.(batch.length);
  }
  for (const [name, sum] of eigenvalues.sums) {
    const weight = name.slice(outputOf.eigenvalues("").length);
    const [out = 0] = curvature.get(stored.outputBasis(weight))?.shape ?? [];
    curvature.set(name, {
      shape: [out, sum.length / out],
      data: Float32Array.from(sum, (value) => value / examples.length),
    });
  }
  return curvature;
}

/** Puts the bases of a curvature where a reader's graphs take them from. */
export async function storeCurvature<X>(reader: GradientReader<X>, curvature: Curvature): Promise<void> {
  const bases = [...curvature].filter(([name]) => name.startsWith("basis."));
  await reader.store(Object.fromEntries(bases.map(([name, { shape, data }]) => [name, floats(shape, data)])));
}

/**
 * Puts (Λ + λ)^(-1/2) of each weight beside its bases, λ being `damping` times the mean of Λ (Grosse et al. 2023 §2.1):
 * products of what is scaled by it are g (H + λ)⁻¹ g′.
 */
export async function storeScales<X>(reader: GradientReader<X>, curvature: Curvature, damping: number): Promise<void> {
  const prefix = outputOf.eigenvalues("");
  const scales = [...curvature].flatMap(([name, { shape, data }]): [string, TensorValue][] => {
    if (!name.startsWith(prefix)) return [];
    const lambda = (damping * data.reduce((sum, value) => sum + value, 0)) / data.length;
    const scale = data.map((value) => (value + lambda < LEAST_CURVATURE ? 0 : 1 / Math.sqrt(value + lambda)));
    return [[stored.scale(name.slice(prefix.length)), floats(shape, scale)]];
  });
  await reader.store(Object.fromEntries(scales));
}

/** The least normal 32-bit number. What curves less has no gradients either, and gets no say: 0 times an infinite scale is no number. */
export const LEAST_CURVATURE = 2 ** -126;

async function drawLabels<X>(reader: GradientReader<X>, batch: readonly X[], random: Rng): Promise<X[]> {
  const { loss } = reader;
  const outputs = await reader.read(batch, loss.drawnFrom === "logits" ? ["logits"] : []);
  const length = reader.rowLength(batch);
  return batch.map((example, i) => {
    /** Of logits the rows of the example's own places, of a reading its one number. */
    const read = (name: string): Float32Array => {
      const output = outputs[name] ?? new Float32Array();
      if (name !== "logits") return output.subarray(i, i + 1);
      const width = reader.vocabularySize;
      return output.subarray(i * length * width, (i * length + loss.lengthOf(example)) * width);
    };
    return loss.draw(example, read, random);
  });
}

const floats = (shape: readonly number[], data: Float32Array): TensorValue => ({ dtype: "float32", shape, data });

function eigenvectorsOf(sum: Float64Array, n: number): Float32Array {
  const { vectors } = eigenOf(Array.from({ length: n }, (_, i) => sum.slice(i * n, (i + 1) * n)));
  const columns = new Float32Array(n * n);
  for (const [column, vector] of vectors.entries())
    for (let row = 0; row < n; row++) columns[row * n + column] = vector[row] ?? 0;
  return columns;
}

/** Sums of outputs over batches, in float64. */
class Sums {
  readonly sums = new Map<string, Float64Array>();

  add(outputs: Outputs, prefix: string): void {
    for (const [name, data] of Object.entries(outputs)) {
      if (!name.startsWith(prefix)) continue;
      const sum = this.sums.get(name) ?? new Float64Array(data.length);
      for (let i = 0; i < data.length; i++) sum[i] = (sum[i] ?? 0) + (data[i] ?? 0);
      this.sums.set(name, sum);
    }
  }
}
