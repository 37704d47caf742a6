import {
  add,
  concat,
  Graph,
  gatherRows,
  less,
  logSoftmax,
  matmul,
  mul,
  pick,
  reshape,
  softmax,
  sub,
  toOnnx,
  type Value,
  where,
} from "../../tensor/index.ts";
import { type TransformerConfig, windowOf } from "../checkpoint/config.ts";
import { SCALAR_HEAD, type Shapes, type Weights } from "../checkpoint/weights.ts";
import { type AdapterValues, adaptedParameters } from "../graph/lora-graph.ts";
import { decoder, finalNorm, linear, logits, type Parameters, ropeTables } from "../graph/model.ts";
import type { SiteListener } from "../graph/sites.ts";
import { editSites, type SiteEdit } from "./edits.ts";
import { MASKED } from "./key-value-cache.ts";

/** What is wanted at the chosen positions: the next token's distribution, the probability of a given one, or the scalar heads. */
export type Wanted = "sample" | "score" | "scalar";

export interface InferenceGraphOptions {
  /** Whether earlier keys and values are fed. */
  readonly cached: boolean;
  readonly wanted: Wanted;
  /** Told the value (B, S, C) of every named site. */
  readonly onSite?: SiteListener | undefined;
  /** In the place of `onSite`. */
  readonly edits?: readonly SiteEdit[] | undefined;
}

/** The model's parameters as values of a graph that is being built. */
export type DeclareParameters = (graph: Graph) => Parameters;

/** Parameters that are part of the graph: fastest, but every graph holds them all, and packed for its products once more. */
export const ownParameters =
  (weights: Weights): DeclareParameters =>
  (graph) =>
  (name) => {
    const known = graph.initializers.get(name);
    if (known !== undefined) return known.value;
    return graph.initializer(name, { dtype: "float32", ...tensorOf(weights, name) });
  };

/** Parameters that are fed at every run, an adapter on top as its two thin products. */
export const fedParameters =
  (weights: Shapes, adapter?: Pick<AdapterValues, "config" | "modules">): DeclareParameters =>
  (graph) => {
    const declareInput: Parameters = (name) =>
      graph.inputs.get(name) ?? graph.input(name, "float32", tensorOf(weights, name).shape);
    return adapter === undefined
      ? declareInput
      : adaptedParameters(graph, declareInput, { ...adapter, value: declareInput });
  };

function tensorOf<Tensor>(weights: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`no parameter ${name}`);
  return tensor;
}

/**
 * The forward pass over S new tokens of B sequences, after T cached ones, as an ONNX model. Inputs: tokens (B, S),
 * positions (B, S), newBias (1, 1, G·S, S), wanted (N) rows of the flattened (B·S), and with a cache pastBias
 * (B, 1, 1, T), split = [T, S], pastKeys.L and pastValues.L (B, K, T, D).
 * Outputs: "sample": logprobs (N, V) at temperature 1, probabilities (N, V) at temperature 1 / inverseTemperature,
 * keys.L and values.L (B, K, S, D) of the new tokens, and only those, because the binding copies what it returns.
 * "score": targetLogprobs (N) of targets (N). "scalar": scalars (N, heads), and keys and values as above.
 */
export function inferenceModel(
  config: TransformerConfig,
  declare: DeclareParameters,
  options: InferenceGraphOptions,
): Uint8Array {
  const { graph, outputs } = inferenceGraph(config, declare, options);
  return toOnnx(graph, outputs);
}

/** The same before it is encoded, so that sites can be made outputs too. */
export function inferenceGraph(
  config: TransformerConfig,
  declare: DeclareParameters,
  { cached, wanted, edits, onSite: listener }: InferenceGraphOptions,
): { readonly graph: Graph; readonly outputs: Readonly<Record<string, Value>> } {
  const graph = new Graph();
  const parameters = declare(graph);
  const tokens = graph.input("tokens", "int32", ["B", "S"]);
  const positions = graph.input("positions", "int64", ["B", "S"]);
  const places = graph.input("wanted", "int32", ["N"]);
  const { attend, rows } = (cached ? cachedAttention : plainAttention)(graph, config, positions);
  const tables = ropeTables(graph, config, config.contextLength);
  const onSite = edits === undefined ? listener : editSites(graph, edits);
  const residual = decoder(config, parameters, { tokens, positions, tables, attend, onSite });
  const hidden = finalNorm(config, parameters, gatherRows(flatten(residual, config.hiddenSize), places));
  if (wanted === "scalar") {
    return { graph, outputs: { scalars: linear(hidden, parameters(SCALAR_HEAD)), ...rows } };
  }
  const scores = logits(config, parameters, hidden);
  if (wanted === "score") {
    const targets = graph.input("targets", "int32", ["N"]);
    return { graph, outputs: { targetLogprobs: pick(logSoftmax(scores), targets) } };
  }
  const probabilities = softmax(mul(scores, graph.input("inverseTemperature", "float32", [])));
  return { graph, outputs: { logprobs: logSoftmax(scores), probabilities, ...rows } };
}

type Attend = (layer: number, queries: Value, keys: Value, values: Value) => Value;
interface CachedAttention {
  readonly attend: Attend;
  /** The new keys and values by output name, filled while the graph is built. */
  readonly rows: Record<string, Value>;
}

const flatten = (x: Value, width: number): Value => {
  const shape = x.graph.constant([-1, width], "int64");
  return x.graph.apply("Reshape", [x, shape], { dtype: x.dtype, shape: ["B*S", width] });
};

/** (B, K, G, S, D) to (B, K, G·S, D): the query heads of a key head under one another. */
function stackGroups(queries: Value, { heads, keyValueHeads, headSize }: TransformerConfig): Value {
  return reshape(queries, ["B", keyValueHeads, `${heads / keyValueHeads}*S`, headSize]);
}

function unstackGroups(mixed: Value, { heads, keyValueHeads, headSize }: TransformerConfig): Value {
  const groups = heads / keyValueHeads;
  const shape = mixed.graph.constant([0, keyValueHeads, groups, -1, headSize], "int64");
  return mixed.graph.apply("Reshape", [mixed, shape], {
    dtype: mixed.dtype,
    shape: ["B", keyValueHeads, groups, "S", headSize],
  });
}

/**
 * 0 where a column is within the window before a new token, MASKED elsewhere: positions of the new tokens (B, S) and of
 * the columns (B, 1, 1, columns) or (columns); returns (B, 1, G·S, columns). `columns` names that dimension.
 */
function windowBias(
  { heads, keyValueHeads }: TransformerConfig,
  window: number,
  positions: Value,
  columnPositions: Value,
  columns: string,
): Value {
  const isNear = less(sub(reshape(positions, ["B", 1, "S", 1]), columnPositions), window);
  const bias = where(isNear, positions.graph.constant(0), MASKED);
  const groups = heads / keyValueHeads;
  const repeats = positions.graph.constant([1, 1, groups, 1], "int64");
  return positions.graph.apply("Tile", [bias, repeats], {
    dtype: "float32",
    shape: ["B", 1, `${groups}*S`, columns],
  });
}

/** What `make` gives for the window of a layer, made once; undefined for layers without one. */
function byWindow(config: TransformerConfig, make: (window: number) => Value): (layer: number) => Value | undefined {
  const made = new Map<number, Value>();
  return (layer) => {
    const window = windowOf(config, layer);
    if (window === undefined) return undefined;
    const value = made.get(window) ?? make(window);
    made.set(window, value);
    return value;
  };
}

const newWindowBias = (config: TransformerConfig, positions: Value): ((layer: number) => Value | undefined) =>
  byWindow(config, (window) => windowBias(config, window, positions, reshape(positions, ["B", 1, 1, "S"]), "S"));

const addBias = (x: Value, bias: Value | undefined): Value => (bias === undefined ? x : add(x, bias));

function plainAttention(graph: Graph, config: TransformerConfig, positions: Value): CachedAttention {
  const bias = newBias(graph, config);
  const inWindow = newWindowBias(config, positions);
  const rows: Record<string, Value> = {};
  const attend: Attend = (layer, queries, keys, values) => {
    rows[`keys.${layer}`] = keys;
    rows[`values.${layer}`] = values;
    const scores = matmul(stackGroups(queries, config), keys, {
      transposeB: true,
      scale: 1 / Math.sqrt(config.headSize),
    });
    return unstackGroups(matmul(softmax(addBias(add(scores, bias), inWindow(layer))), values), config);
  };
  return { attend, rows };
}

/** One softmax over cached and new positions, without joining their keys or values, which would copy the cache. */
function cachedAttention(graph: Graph, config: TransformerConfig, positions: Value): CachedAttention {
  const { keyValueHeads, headSize } = config;
  const bias = newBias(graph, config);
  const pastBias = graph.input("pastBias", "float32", ["B", 1, 1, "T"]);
  const split = graph.input("split", "int64", [2]);
  const scale = 1 / Math.sqrt(headSize);
  const inWindow = newWindowBias(config, positions);
  const pastInWindow = byWindow(config, (window) => {
    const pastLength = graph.apply("Gather", [split, graph.constant(0, "int64")], { dtype: "int64", shape: [] });
    const bounds = [graph.constant(0, "int64"), pastLength, graph.constant(1, "int64")];
    // A token's column in the cache is its position.
    const columns = graph.apply("Range", bounds, { dtype: "int64", shape: ["T"] });
    return windowBias(config, window, positions, columns, "T");
  });
  const rows: Record<string, Value> = {};
  const attend: Attend = (layer, queries, keys, values) => {
    rows[`keys.${layer}`] = keys;
    rows[`values.${layer}`] = values;
    const pastKeys = graph.input(`pastKeys.${layer}`, "float32", ["B", keyValueHeads, "T", headSize]);
    const pastValues = graph.input(`pastValues.${layer}`, "float32", ["B", keyValueHeads, "T", headSize]);
    const q = stackGroups(queries, config);
    const pastScores = addBias(add(matmul(q, pastKeys, { transposeB: true, scale }), pastBias), pastInWindow(layer));
    const newScores = addBias(add(matmul(q, keys, { transposeB: true, scale }), bias), inWindow(layer));
    const weights = softmax(concat([pastScores, newScores], -1));
    const parts = [pastScores, newScores].map(({ dtype, shape }) => ({ dtype, shape }));
    const [onPast, onNew] = graph.applyMany("Split", [weights, split], parts, { attributes: { axis: -1 } }) as [
      Value,
      Value,
    ];
    return unstackGroups(add(matmul(onPast, pastValues), matmul(onNew, values)), config);
  };
  return { attend, rows };
}

const newBias = (graph: Graph, { heads, keyValueHeads }: TransformerConfig): Value =>
  graph.input("newBias", "float32", [1, 1, `${heads / keyValueHeads}*S`, "S"]);
