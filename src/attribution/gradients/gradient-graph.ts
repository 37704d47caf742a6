import {
  add,
  concat,
  type DataType,
  Graph,
  gradients,
  matmul,
  mul,
  reduceSum,
  reduceSumSquare,
  reshape,
  toOnnx,
  type Value,
} from "../../tensor/index.ts";
import { graphModel, parametersFrom, type TransformerConfig, type Weights } from "../../transformer/index.ts";
import { findLinearLayers, type LinearLayer } from "./linear-layers.ts";
import type { BuiltLoss, ExampleLoss } from "./losses.ts";

/**
 * What a pass over a batch of E examples yields beside the loss's own readings. D is layers × k².
 * "projected": P_δᵀ G P_a of each layer, (E, D); "squares": ‖G‖², (E); "hidden": (B · T, C); "logits": (B · T, V).
 * "factors": Σ a aᵀ of each layer and Σ δ δᵀ of each weight. "eigenvalues": Σ over examples of (Q_δᵀ G Q_a)² of each weight.
 * "whitened": as "projected", of (Q_δᵀ G Q_a) · scale; "influences": the sum of that one's squares, (E).
 * "gradients": G of each weight as it is, (E, out, in); "rotated": Q_δᵀ G Q_a. "products": Σ over weights of the latter's
 * products with each of `queries` vectors, (E, queries).
 */
export type Wanted =
  | "projected"
  | "squares"
  | "hidden"
  | "logits"
  | "factors"
  | "eigenvalues"
  | "whitened"
  | "influences"
  | "gradients"
  | "rotated"
  | "products";

export interface GradientGraphOptions {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly loss: Pick<ExampleLoss<never>, "rowsPerExample" | "build">;
  readonly examples: number;
  /** Tokens per row. */
  readonly length: number;
  /** k: rows and columns that are kept of a layer's gradient. */
  readonly projection: number;
  readonly wanted: readonly Wanted[];
  /** Vectors that "products" multiplies with. Default 0. */
  readonly queries?: number | undefined;
}

export interface GradientGraph {
  readonly model: Uint8Array;
  /** What a batch brings, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  readonly outputs: readonly string[];
}

/** Names under which the store holds what is no parameter of the model. */
export const stored = {
  /** (in, k) of a layer, (out, k) of a weight. */
  projectInput: (layer: string): string => `project.input.${layer}`,
  projectOutput: (weight: string): string => `project.output.${weight}`,
  /** Eigenvectors as columns: (in, in) of a layer, (out, out) of a weight. */
  inputBasis: (layer: string): string => `basis.input.${layer}`,
  outputBasis: (weight: string): string => `basis.output.${weight}`,
  /** (out, in) of a weight. */
  scale: (weight: string): string => `scale.${weight}`,
  /** (queries, out · in) of a weight. */
  queries: (weight: string): string => `queries.${weight}`,
} as const;

/** Names of outputs that there are several of. */
export const outputOf = {
  inputFactor: (layer: string): string => `factor.input.${layer}`,
  outputFactor: (weight: string): string => `factor.output.${weight}`,
  eigenvalues: (weight: string): string => `eigenvalues.${weight}`,
  gradient: (weight: string): string => `gradient.${weight}`,
  gradientInBasis: (weight: string): string => `rotated.${weight}`,
} as const;

/** A layer with what flows through it, by example: R · T places of E examples. */
interface Flow {
  readonly layer: LinearLayer;
  /** (E · R · T, in), zero at padding. */
  readonly input: Value;
  /** By weight: (E · R · T, out). */
  readonly slopes: ReadonlyMap<string, Value>;
}

/** Forward and backward in one pass over the batch; from there on every example is a matrix of its own in batched products. */
export function gradientGraph(options: GradientGraphOptions): GradientGraph {
  const { config, weights, loss, examples, length } = options;
  const graph = new Graph();
  const parameters = new Map([...weights].map(([name, { shape }]) => [name, graph.input(name, "float32", shape)]));
  const inputs = new Map<string, Value>();
  const declare = (name: string, dtype: DataType, shape: readonly number[]): Value => {
    const value = graph.input(`batch.${name}`, dtype, shape);
    inputs.set(name, value);
    return value;
  };
  const batch = examples * loss.rowsPerExample;
  const model = graphModel(graph, config, parametersFrom(parameters), { batch, length });
  const built = loss.build(model, declare);
  const layers = findLinearLayers(graph, parameters);
  const all = layers.flatMap(({ outputs }) => [...outputs.values()]);
  const slopes = gradients(built.total, all);
  const slopeOf = new Map(all.map((output, i) => [output, slopes[i] as Value]));
  // What stands at padding was computed all the same; its slopes are 0, its inputs are not.
  const mask = declare("mask", "float32", [batch * length, 1]);
  const flows = layers.map(
    (layer): Flow => ({
      layer,
      input: mul(layer.input, mask),
      slopes: new Map([...layer.outputs].map(([name, output]) => [name, slopeOf.get(output) as Value])),
    }),
  );
  const outputs = outputsOf(graph, flows, built, { ...options, places: loss.rowsPerExample * length });
  return { model: toOnnx(graph, outputs), inputs, outputs: Object.keys(outputs) };
}

interface Places extends GradientGraphOptions {
  /** R · T. */
  readonly places: number;
}

function outputsOf(graph: Graph, flows: readonly Flow[], built: BuiltLoss, options: Places): Record<string, Value> {
  const { config, examples, places, wanted } = options;
  const outputs: Record<string, Value> = { ...built.readings };
  const rows = examples * places;
  const wants = (name: Wanted): boolean => wanted.includes(name);
  if (wants("hidden")) outputs["hidden"] = reshape(built.hidden, [rows, config.hiddenSize]);
  if (wants("logits") && built.logits !== undefined)
    outputs["logits"] = reshape(built.logits, [rows, config.vocabularySize]);
  if (wants("projected"))
    outputs["projected"] = concat(
      flows.map((flow) => projectFlow(graph, flow, options)),
      1,
    );
  if (wants("squares")) outputs["squares"] = flows.map((flow) => squaresOf(flow, options)).reduce((a, b) => add(a, b));
  if (wants("factors")) {
    for (const { layer, input, slopes } of flows) {
      outputs[outputOf.inputFactor(layer.name)] = matmul(input, input, { transposeA: true });
      for (const [weight, slope] of slopes)
        outputs[outputOf.outputFactor(weight)] = matmul(slope, slope, { transposeA: true });
    }
  }
  if (wants("gradients")) {
    for (const { input, slopes } of flows) {
      for (const [weight, slope] of slopes) outputs[outputOf.gradient(weight)] = gradientOf(slope, input, options);
    }
  }
  if (inBasis.some(wants)) addRotated(graph, flows, options, outputs);
  return outputs;
}

/** What is read in the eigenbasis. */
const inBasis: readonly Wanted[] = ["eigenvalues", "whitened", "influences", "rotated", "products"];

const widthOf = (x: Value): number => x.dimensions[1] as number;

/** (E · R · T, width) as (E, R · T, width). */
const byExample = (x: Value, { examples, places }: Places): Value => reshape(x, [examples, places, widthOf(x)]);

/** Σ_t δ_t a_tᵀ of every example: (E, out, in). */
const gradientOf = (slope: Value, input: Value, options: Places): Value =>
  matmul(byExample(slope, options), byExample(input, options), { transposeA: true });

const constant = (graph: Graph, name: string, shape: readonly number[]): Value =>
  graph.inputs.get(name) ?? graph.input(name, "float32", shape);

/** Σ_t (P_δᵀ δ_t) (P_aᵀ a_t)ᵀ: the gradient itself is never made. (E, k²). */
function projectFlow(graph: Graph, { layer, input, slopes }: Flow, options: Places): Value {
  const { projection: k, examples } = options;
  const a = matmul(input, constant(graph, stored.projectInput(layer.name), [widthOf(input), k]));
  const parts = [...slopes].map(([weight, slope]) =>
    matmul(slope, constant(graph, stored.projectOutput(weight), [widthOf(slope), k])),
  );
  return reshape(gradientOf(sum(parts), a, options), [examples, k * k]);
}

/** ‖Σ_t δ_t a_tᵀ‖² = Σ_{t,u} (δ_t · δ_u)(a_t · a_u): products of T × T, not of out × in. (E). */
function squaresOf({ input, slopes }: Flow, options: Places): Value {
  const gram = (x: Value): Value => {
    const own = byExample(x, options);
    return matmul(own, own, { transposeB: true });
  };
  return reduceSum(mul(sum([...slopes.values()].map(gram)), gram(input)), [1, 2]);
}

/** What is read in the eigenbasis of the Kronecker factors. */
function addRotated(graph: Graph, flows: readonly Flow[], options: Places, outputs: Record<string, Value>): void {
  const { projection: k, examples, wanted, queries = 0 } = options;
  const projected: Value[] = [];
  const influences: Value[] = [];
  const products: Value[] = [];
  for (const { layer, input, slopes } of flows) {
    const width = widthOf(input);
    const rotated = matmul(input, constant(graph, stored.inputBasis(layer.name), [width, width]));
    const parts: Value[] = [];
    for (const [weight, slope] of slopes) {
      const out = widthOf(slope);
      const turned = matmul(slope, constant(graph, stored.outputBasis(weight), [out, out]));
      const own = gradientOf(turned, rotated, options);
      if (wanted.includes("eigenvalues")) outputs[outputOf.eigenvalues(weight)] = reduceSumSquare(own, [0]);
      if (wanted.includes("rotated")) outputs[outputOf.gradientInBasis(weight)] = own;
      if (wanted.includes("products")) {
        const held = constant(graph, stored.queries(weight), [queries, out * width]);
        products.push(matmul(reshape(own, [examples, out * width]), held, { transposeB: true }));
      }
      if (!wanted.includes("whitened") && !wanted.includes("influences")) continue;
      const white = mul(own, constant(graph, stored.scale(weight), [out, width]));
      influences.push(reduceSumSquare(white, [1, 2]));
      if (!wanted.includes("whitened")) continue;
      const narrow = matmul(
        reshape(white, [examples * out, width]),
        constant(graph, stored.projectInput(layer.name), [width, k]),
      );
      const small = matmul(
        reshape(narrow, [examples, out, k]),
        constant(graph, stored.projectOutput(weight), [out, k]),
        { transposeA: true },
      );
      parts.push(reshape(small, [examples, k * k]));
    }
    if (parts.length > 0) projected.push(sum(parts));
  }
  if (wanted.includes("influences")) outputs["influences"] = sum(influences);
  if (wanted.includes("products")) outputs["products"] = sum(products);
  if (wanted.includes("whitened")) outputs["whitened"] = concat(projected, 1);
}

const sum = (values: readonly Value[]): Value => values.reduce((a, b) => add(a, b));
