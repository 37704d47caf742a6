import { throwIfInterrupted } from "../../errors.ts";
import type { TensorValue } from "../../tensor/index.ts";
import type { Curvature } from "../ekfac/fit.ts";
import { LEAST_CURVATURE } from "../ekfac/fit.ts";
import { outputOf, stored } from "../gradients/gradient-graph.ts";
import type { GradientReader } from "../gradients/gradient-reader.ts";

export interface ExactOptions {
  /** λ over the mean eigenvalue of each weight; "none": plain products of gradients. */
  readonly damping: number | "none";
  readonly signal?: AbortSignal | undefined;
  readonly onExamples?: (count: number) => void;
}

/**
 * ∇ℓ(q) (H + λ)⁻¹ ∇ℓ(z) of every query with every example, without a projection: what an index approximates. The queries' gradients
 * are held whole, so this is for tens of them. The reader's store has the curvature's bases. Returns one row of examples a query.
 */
export async function exactInfluences<X>(
  reader: GradientReader<X>,
  curvature: Curvature,
  queries: readonly X[],
  examples: readonly X[],
  { damping, signal, onExamples }: ExactOptions,
): Promise<Float64Array[]> {
  const held = new Map<string, Float32Array>();
  const prefix = outputOf.gradientInBasis("");
  for (const [q, query] of queries.entries()) {
    throwIfInterrupted(signal, "Reading the gradients of queries");
    for (const [name, gradient] of Object.entries(await reader.read([query], ["rotated"]))) {
      if (!name.startsWith(prefix)) continue;
      const weight = name.slice(prefix.length);
      const rows = held.get(weight) ?? new Float32Array(queries.length * gradient.length);
      held.set(weight, rows);
      rows.set(precondition(gradient, curvature.get(outputOf.eigenvalues(weight))?.data, damping), q * gradient.length);
    }
  }
  await reader.store(
    Object.fromEntries(
      [...held].map(([weight, data]): [string, TensorValue] => [
        stored.queries(weight),
        { dtype: "float32", shape: [queries.length, data.length / queries.length], data },
      ]),
    ),
  );
  const scores = queries.map(() => new Float64Array(examples.length));
  for (const members of reader.plan(examples)) {
    throwIfInterrupted(signal, "Reading the gradients of examples");
    const batch = members.map((i) => examples[i] as X);
    const { products = new Float32Array() } = await reader.read(batch, ["products"], queries.length);
    for (const [row, i] of members.entries())
      for (const [q, own] of scores.entries()) own[i] = products[row * queries.length + q] ?? 0;
    onExamples?.(batch.length);
  }
  return scores;
}

function precondition(
  gradient: Float32Array,
  eigenvalues: Float32Array | undefined,
  damping: number | "none",
): Float32Array {
  if (damping === "none" || eigenvalues === undefined) return gradient;
  const lambda = (damping * eigenvalues.reduce((sum, value) => sum + value, 0)) / eigenvalues.length;
  return gradient.map((value, i) => {
    const curvature = (eigenvalues[i] ?? 0) + lambda;
    return curvature < LEAST_CURVATURE ? 0 : value / curvature;
  });
}
