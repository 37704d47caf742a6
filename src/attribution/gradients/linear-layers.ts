import type { Graph, Value } from "../../tensor/index.ts";

/**
 * Weights that are multiplied with one and the same input: their rows together are one linear layer y = a Wᵀ. Of loss ℓ its
 * gradient is Σ_t δ_t a_tᵀ, δ = dℓ/dy, so that a and δ are all that a per-example gradient takes.
 */
export interface LinearLayer {
  /** Of its first weight. */
  readonly name: string;
  /** a (N, in). */
  readonly input: Value;
  /** By name: y (N, out) of each weight (out, in). */
  readonly outputs: ReadonlyMap<string, Value>;
}

/** Matrices of the decoder's layers; embeddings, the output matrix, norms and biases are left out, as in Grosse et al. 2023 §2. */
export const isAttributed = (name: string): boolean => /^model\.layers\.\d+\..*_proj\.weight$/.test(name);

/** The linear layers of a forward pass that stands in the graph, in the order of computation; before any gradient is added. */
export function findLinearLayers(graph: Graph, parameters: ReadonlyMap<string, Value>): LinearLayer[] {
  const names = new Map(
    [...parameters].flatMap(([name, value]) => (isAttributed(name) ? [[value, name] as const] : [])),
  );
  const layers = new Map<Value, { name: string; input: Value; outputs: Map<string, Value> }>();
  for (const { inputs, outputs } of graph.nodes) {
    const [input, weight] = inputs;
    const name = weight === undefined ? undefined : names.get(weight);
    const [output] = outputs;
    if (input === undefined || name === undefined || output === undefined) continue;
    const layer = layers.get(input) ?? { name, input, outputs: new Map<string, Value>() };
    layer.outputs.set(name, output);
    layers.set(input, layer);
  }
  return [...layers.values()];
}
