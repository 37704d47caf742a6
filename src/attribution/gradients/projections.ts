import { rng } from "../../rng.ts";
import type { TensorValue } from "../../tensor/index.ts";

/**
 * (rows, k) of signs ±1/√k, by seed and name: E[P Pᵀ] is the identity, so products of projections are products of what was
 * projected on the average (Achlioptas 2003).
 */
export function drawProjection(rows: number, k: number, seed: number, name: string): TensorValue {
  const random = rng(seed, "attribution", "projection", name);
  const size = 1 / Math.sqrt(k);
  const data = Float32Array.from({ length: rows * k }, () => (random.next() < 0.5 ? -size : size));
  return { dtype: "float32", shape: [rows, k], data };
}
