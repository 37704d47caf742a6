import { add, type DataType, Graph, gradients, mul, type Ports, toOnnx, type Value } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import type { LoraConfig } from "../checkpoint/lora.ts";
import type { Weights } from "../checkpoint/weights.ts";
import { globalNorm } from "./adamw.ts";
import { adaptedParameters } from "./lora-graph.ts";
import { type GraphModel, graphModel, parametersFrom } from "./model.ts";

/** Declares a tensor that every batch brings. */
export type DeclareInput = (name: string, dtype: DataType, shape: readonly number[]) => Value;

/** A loss as a pure function of graph values. `loss` and all metrics are scalars. */
export type LossBuilder = (graph: Graph, model: GraphModel, input: DeclareInput) => LossOutputs;

export interface LossOutputs {
  readonly loss: Value;
  readonly metrics: Readonly<Record<string, Value>>;
}

export interface TrainingGraphOptions {
  readonly config: TransformerConfig;
  /** Parameters by name, an adapter's included. */
  readonly weights: Weights;
  readonly adapter: { readonly config: LoraConfig; readonly modules: ReadonlyMap<string, number> } | undefined;
  readonly loss: LossBuilder;
  readonly batch: number;
  readonly length: number;
  /** Names of the parameters that learn. */
  readonly trainable: readonly string[];
  readonly accumulate: number;
}

/** An ONNX model, what it returns, and under which input names its other outputs stay for the next run. */
export interface StepModel {
  readonly model: Uint8Array;
  readonly fetch: readonly string[];
  readonly keep: Readonly<Record<string, string>>;
  readonly ports: Ports;
}

export interface TrainingGraphs {
  /** Forward and backward. */
  readonly main: StepModel;
  /** With accumulation: the norm of the sums in "sum.NAME". */
  readonly apply: StepModel | undefined;
  /** What a batch must bring, as declared by the loss. */
  readonly inputs: ReadonlyMap<string, Value>;
}

export const LOSS = "loss";
export const NORM = "gradientNorm";
export const METRIC_PREFIX = "metric.";
export const BATCH_PREFIX = "batch.";
/** Gradients; with accumulation they are summed under SUM_PREFIX. */
export const SLOPE_PREFIX = "slope.";
export const SUM_PREFIX = "sum.";

type Outputs = Record<string, Value>;
const portOf = ({ dtype, dimensions }: Value) => ({ dtype, shape: dimensions });

/** The outputs "next.NAME" become the inputs NAME, gradients are for the optimizer; all others are returned. */
function stepModel(graph: Graph, outputs: Outputs): StepModel {
  const names = Object.keys(outputs);
  const carried = names.filter((name) => name.startsWith("next."));
  return {
    model: toOnnx(graph, outputs),
    fetch: names.filter((name) => !name.startsWith("next.") && !name.startsWith(SLOPE_PREFIX)),
    keep: Object.fromEntries(carried.map((name) => [name, name.slice("next.".length)])),
    ports: {
      inputs: [...graph.inputs.keys()],
      outputs: Object.fromEntries(names.map((name) => [name, portOf(outputs[name]!)])),
    },
  };
}

const declareParameters = (graph: Graph, weights: Weights): Map<string, Value> =>
  new Map([...weights].map(([name, { shape }]) => [name, graph.input(name, "float32", shape)]));

/**
 * The graphs of a training step. Inputs: the parameters by name, and "batch.NAME" for everything that the loss declares.
 * The optimizer is no part of them: it works on the gradients "slope.NAME" and, in place, on what is stored.
 */
export function trainingGraphs(options: TrainingGraphOptions): TrainingGraphs {
  const { config, weights, loss: build, trainable, accumulate } = options;
  const graph = new Graph();
  const parameters = declareParameters(graph, weights);
  const inputs = new Map<string, Value>();
  const plain = parametersFrom(parameters);
  const dropRows = options.batch * options.length;
  const learning =
    options.adapter === undefined
      ? plain
      : adaptedParameters(graph, plain, { ...options.adapter, value: plain, dropRows });
  const { loss, metrics } = build(graph, graphModel(graph, config, learning, options), (name, dtype, shape) => {
    const value = graph.input(`${BATCH_PREFIX}${name}`, dtype, shape);
    inputs.set(name, value);
    return value;
  });
  const slopes = gradients(
    loss,
    trainable.map((name) => parameters.get(name)!),
  );
  const outputs: Outputs = { [LOSS]: loss };
  for (const [name, value] of Object.entries(metrics)) outputs[`${METRIC_PREFIX}${name}`] = value;
  if (accumulate === 1) {
    outputs[NORM] = globalNorm(slopes);
    for (const [index, name] of trainable.entries()) outputs[`${SLOPE_PREFIX}${name}`] = slopes[index]!;
    return { main: stepModel(graph, outputs), apply: undefined, inputs };
  }
  for (const [index, name] of trainable.entries()) {
    const slope = slopes[index]!;
    outputs[`next.${SUM_PREFIX}${name}`] = add(
      graph.input(`${SUM_PREFIX}${name}`, "float32", slope.shape),
      mul(slope, 1 / accumulate),
    );
  }
  const applying = new Graph();
  const sums = trainable.map((name) => applying.input(`${SUM_PREFIX}${name}`, "float32", weights.get(name)!.shape));
  return { main: stepModel(graph, outputs), apply: stepModel(applying, { [NORM]: globalNorm(sums) }), inputs };
}
