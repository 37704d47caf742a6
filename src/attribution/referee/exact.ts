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

/** (H + λ)⁻¹ ∇ℓ(q) of each weight in its eigenbasis, one row a query; whole, so this is for tens of queries. */
type HeldQueries = ReadonlyMap<string, Float32Array>;

/**
 * ∇ℓ(q) (H + λ)⁻¹ ∇ℓ(z) of every query with every example, without a projection: what an index approximates. The reader's store has
 * the curvature's bases. Returns one row of examples a query.
 */
export async function exactInfluences<X>(
  reader: GradientReader<X>,
  curvature: Curvature,
  queries: readonly X[],
  examples: readonly X[],
  options: ExactOptions,
): Promise<Float64Array[]> {
  const held = await readQueries(reader, curvature, queries, options);
  return multiplyQueries(reader, held, queries.length, examples, options);
}

/** The queries' part, which another loss may have than the examples: of an answer, its log-probability or reward. */
export async function readQueries<Q>(
  reader: GradientReader<Q>,
  curvature: Curvature,
  queries: readonly Q[],
  { damping, signal }: ExactOptions,
): Promise<HeldQueries> {
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
  return held;
}

/** Products of `count` held queries with every example's gradient. */
export async function multiplyQueries<X>(
  reader: GradientReader<X>,
  held: HeldQueries,
  count: number,
  examples: readonly X[],
  { signal, onExamples }: ExactOptions,
): Promise<Float64Array[]> {
  await reader.store(
    Object.fromEntries(
      [...held].map(([weight, data]): [string, TensorValue] => [
        stored.queries(weight),
        { dtype: "float32", shape: [count, data.length / count], data },
      ]),
    ),
  );
  const scores = Array.from({ length: count }, () => new Float64Array(examples.length));
  for (const members of reader.plan(examples)) {
    throwIfInterrupted(signal, "Reading the gradients of examples");
    const batch = members.map((i) => examples[i] as X);
    const { products = new Float32Array() } = await reader.read(batch, ["products"], count);
    for (const [row, i] of members.entries())
      for (const [q, own] of scores.entries()) own[i] = products[row * count + q] ?? 0;
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
