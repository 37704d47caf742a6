import { PreceptError } from "../errors.ts";
import { gradients } from "../tensor/gradients.ts";
import type { Value } from "../tensor/graph.ts";
import { Graph, toOnnx } from "../tensor/graph.ts";
import type { DataType, TensorValue } from "../tensor/onnx.ts";
import { add, mul } from "../tensor/operators/elementwise.ts";
import { Session, TensorStore } from "../tensor/session.ts";
import type { AdamWOptions } from "./adamw.ts";
import { ADAMW_DEFAULTS, adamW, clipFactor, globalNorm, stepScalars, stepScalarValues } from "./adamw.ts";
import type { TransformerConfig } from "./config.ts";
import type { GraphModel } from "./model.ts";
import { graphModel, parametersFrom } from "./model.ts";
import type { Weights, WeightTensor } from "./weights.ts";
import { checkWeights } from "./weight-shapes.ts";
import { SCALAR_HEAD } from "./weights.ts";

/** Declares a tensor that every batch brings. */
export type DeclareInput = (name: string, dtype: DataType, shape: readonly number[]) => Value;

/** A loss as a pure function of graph values. `loss` and all metrics are scalars. */
export type LossBuilder = (graph: Graph, model: GraphModel, input: DeclareInput) => LossOutputs;

export interface LossOutputs {
  readonly loss: Value;
  readonly metrics: Readonly<Record<string, Value>>;
}

export interface TrainingOptions {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly loss: LossBuilder;
  /** Rows a batch, and tokens a row. */
  readonly batch: number;
  readonly length: number;
  readonly optimizer?: Partial<AdamWOptions>;
  /** Which parameters learn; all by default. */
  readonly trainable?: (name: string) => boolean;
  /** Batches a step: their gradients are averaged. */
  readonly accumulate?: number;
  readonly threads?: number;
}

export type Batch = Readonly<Record<string, Float32Array | Int32Array>>;

/** What a later process needs, besides the weights, to go on exactly as this one would have. */
export interface TrainerState {
  readonly step: number;
  /** "first.NAME" and "second.NAME" moments of every trainable parameter. */
  readonly moments: Weights;
}

type Tensors = Record<string, TensorValue>;

const LOSS = "loss";
const NORM = "gradientNorm";
const floats = ({ shape, data }: WeightTensor): TensorValue => ({ dtype: "float32", shape, data });
const scalar = (value: number): TensorValue => ({ dtype: "float32", shape: [], data: Float32Array.of(value) });
const decays = (name: string, shape: readonly number[]): boolean =>
  shape.length === 2 && name !== "model.embed_tokens.weight" && name !== "lm_head.weight" && name !== SCALAR_HEAD;

/** The graph under construction with everything that either of the two sessions needs. */
class StepGraph {
  readonly graph = new Graph();
  readonly parameters = new Map<string, Value>();

  constructor(weights: Weights) {
    for (const [name, { shape }] of weights) this.parameters.set(name, this.graph.input(name, "float32", shape));
  }

  /** Loss, metrics and the gradients of the trainable parameters, times `share`. */
  differentiate(options: TrainingOptions, inputs: Map<string, Value>, names: readonly string[]): LossOutputs & { readonly gradients: readonly Value[] } {
    const model = graphModel(this.graph, options.config, parametersFrom(this.parameters), options);
    const { loss, metrics } = options.loss(this.graph, model, (name, dtype, shape) => {
      const value = this.graph.input(`batch.${name}`, dtype, shape);
      inputs.set(name, value);
      return value;
    });
    return { loss, metrics, gradients: gradients(loss, this.select(names)) };
  }

  select(names: readonly string[]): Value[] {
    return names.map((name) => this.parameters.get(name) as Value);
  }

  /** Outputs of a clipped AdamW step, under the names of the inputs that they become. */
  update(names: readonly string[], slopes: readonly Value[], optimizer: AdamWOptions): Record<string, Value> {
    const norm = globalNorm(slopes);
    const clip = clipFactor(norm, optimizer.clipNorm);
    const scalars = stepScalars(this.graph);
    const outputs: Record<string, Value> = { [NORM]: norm };
    for (const [index, name] of names.entries()) {
      const parameter = this.parameters.get(name) as Value;
      const [first, second] = [`first.${name}`, `second.${name}`];
      const moment = (label: string): Value => this.graph.input(label, "float32", parameter.shape);
      const weightDecay = decays(name, parameter.dimensions) ? optimizer.weightDecay : 0;
      const updated = adamW(parameter, slopes[index] as Value, clip, { first: moment(first), second: moment(second) }, scalars, { ...optimizer, weightDecay });
      outputs[`next.${name}`] = updated.parameter;
      outputs[`next.${first}`] = updated.first;
      outputs[`next.${second}`] = updated.second;
    }
    return outputs;
  }
}

const kept = (outputs: Readonly<Record<string, Value>>): Record<string, string> =>
  Object.fromEntries(Object.keys(outputs).flatMap((name) => (name.startsWith("next.") ? [[name, name.slice(5)]] : [])));

/**
 * Trains a transformer in a worker thread. Forward, backward, clipping and AdamW are one graph; parameters and moments
 * never leave the worker between steps. The same batches give the same bytes.
 */
export class TrainingSession {
  readonly #options: TrainingOptions;
  readonly #optimizer: AdamWOptions;
  readonly #store: TensorStore;
  readonly #names: readonly string[];
  readonly #inputs: ReadonlyMap<string, Value>;
  /** Loss outputs to fetch, in the graph's names. */
  readonly #fetch: readonly string[];
  readonly #main: Session;
  readonly #keep: Readonly<Record<string, string>>;
  /** With accumulation, the second session, which applies the summed gradients. */
  readonly #apply: { readonly session: Session; readonly keep: Readonly<Record<string, string>> } | undefined;
  #step = 0;

  private constructor(parts: {
    options: TrainingOptions; optimizer: AdamWOptions; store: TensorStore; names: readonly string[]; inputs: ReadonlyMap<string, Value>;
    fetch: readonly string[]; main: Session; keep: Readonly<Record<string, string>>;
    apply: { session: Session; keep: Readonly<Record<string, string>> } | undefined;
  }) {
    this.#options = parts.options;
    this.#optimizer = parts.optimizer;
    this.#store = parts.store;
    this.#names = parts.names;
    this.#inputs = parts.inputs;
    this.#fetch = parts.fetch;
    this.#main = parts.main;
    this.#keep = parts.keep;
    this.#apply = parts.apply;
  }

  /** @throws checkpoint-invalid when weights and configuration disagree. */
  static async create(options: TrainingOptions): Promise<TrainingSession> {
    const { config, weights, trainable = () => true, accumulate = 1, threads } = options;
    checkWeights(config, weights, "Starting a training session");
    const optimizer = { ...ADAMW_DEFAULTS, ...options.optimizer };
    const names = [...weights.keys()].filter(trainable);
    const store = new TensorStore();
    const inputs = new Map<string, Value>();
    const step = new StepGraph(weights);
    const { loss, metrics, gradients: slopes } = step.differentiate(options, inputs, names);
    const reported: Record<string, Value> = { [LOSS]: loss };
    for (const [name, value] of Object.entries(metrics)) reported[`metric.${name}`] = value;
    const common = { options, optimizer, store, names, inputs };
    if (accumulate === 1) {
      const outputs = { ...reported, ...step.update(names, slopes, optimizer) };
      const main = await Session.create(toOnnx(step.graph, outputs), store, threads);
      const session = new TrainingSession({ ...common, fetch: [...Object.keys(reported), NORM], main, keep: kept(outputs), apply: undefined });
      await session.#reset(weights);
      return session;
    }
    const sums: Record<string, Value> = {};
    for (const [index, name] of names.entries()) {
      const slope = slopes[index] as Value;
      sums[`next.sum.${name}`] = add(step.graph.input(`sum.${name}`, "float32", slope.shape), mul(slope, 1 / accumulate));
    }
    const applying = new StepGraph(weights);
    const summed = names.map((name) => applying.graph.input(`sum.${name}`, "float32", (weights.get(name) as WeightTensor).shape));
    const updates = applying.update(names, summed, optimizer);
    const main = await Session.create(toOnnx(step.graph, { ...reported, ...sums }), store, threads);
    const apply = { session: await Session.create(toOnnx(applying.graph, updates), store, threads), keep: kept(updates) };
    const session = new TrainingSession({ ...common, fetch: Object.keys(reported), main, keep: kept(sums), apply });
    await session.#reset(weights);
    return session;
  }

  /** Steps done since the start of training, restored ones included. */
  get steps(): number {
    return this.#step;
  }

  /**
   * One optimizer step; with accumulation, on exactly that many batches. Returns loss, gradientNorm (before clipping) and
   * the loss builder's metrics, averaged over the batches.
   * @throws not-finite when loss or gradient is not finite: weights and moments are then as before.
   */
  async step(batch: Batch | readonly Batch[], learningRate: number): Promise<Record<string, number>> {
    const batches = Array.isArray(batch) ? (batch as readonly Batch[]) : [batch as Batch];
    const { accumulate = 1 } = this.#options;
    if (batches.length !== accumulate) {
      throw new PreceptError("shape-mismatch", { attempted: "A training step", found: `${batches.length} batches`, expected: `${accumulate}` });
    }
    const values = stepScalarValues(this.#step + 1, learningRate, this.#optimizer);
    const scalars: Tensors = {};
    for (const [name, value] of Object.entries(values)) scalars[`step.${name}`] = scalar(value);
    const means: Record<string, number> = {};
    if (this.#apply !== undefined) await this.#store.write(this.#zeros((name) => `sum.${name}`));
    for (const item of batches) {
      const feeds = this.#apply === undefined ? { ...this.#feeds(item), ...scalars } : this.#feeds(item);
      const guard = this.#apply === undefined ? [LOSS, NORM] : [];
      const results = await this.#main.run(feeds, { fetch: this.#fetch, keep: this.#keep, guard });
      for (const [name, { data }] of Object.entries(results)) {
        const label = name.startsWith("metric.") ? name.slice(7) : name;
        means[label] = (means[label] ?? 0) + Number(data[0]) / accumulate;
      }
    }
    if (this.#apply !== undefined) {
      const results = await this.#apply.session.run(scalars, { fetch: [NORM], keep: this.#apply.keep, guard: [NORM] });
      means[NORM] = Number(results[NORM]?.data[0]);
    }
    this.#check(means);
    this.#step++;
    return means;
  }

  /** The current weights, copied out of the worker. */
  async weights(): Promise<Weights> {
    return this.#read([...this.#options.weights.keys()]);
  }

  /** Moments and step number; with `weights()`, all that a bit-identical continuation needs. */
  async state(): Promise<TrainerState> {
    return { step: this.#step, moments: await this.#read(this.#names.flatMap((name) => [`first.${name}`, `second.${name}`])) };
  }

  /** Goes on from a saved state; the weights of that moment are those that the session was created with. */
  async restore(state: TrainerState): Promise<void> {
    const moments: Tensors = {};
    for (const name of this.#names.flatMap((item) => [`first.${item}`, `second.${item}`])) {
      const tensor = state.moments.get(name);
      if (tensor === undefined) {
        throw new PreceptError("checkpoint-invalid", { attempted: "Restoring a trainer's state", found: `no tensor ${name}` });
      }
      moments[name] = floats(tensor);
    }
    await this.#store.write(moments);
    this.#step = state.step;
  }

  async dispose(): Promise<void> {
    await this.#main.dispose();
    await this.#apply?.session.dispose();
    await this.#store.dispose();
  }

  async #reset(weights: Weights): Promise<void> {
    const tensors: Tensors = { ...this.#zeros((name) => `first.${name}`), ...this.#zeros((name) => `second.${name}`) };
    for (const [name, tensor] of weights) tensors[name] = floats(tensor);
    await this.#store.write(tensors);
  }

  #zeros(label: (name: string) => string): Tensors {
    const zeros: Tensors = {};
    for (const name of this.#names) {
      const { shape, data } = this.#options.weights.get(name) as WeightTensor;
      zeros[label(name)] = { dtype: "float32", shape, data: new Float32Array(data.length) };
    }
    return zeros;
  }

  async #read(names: readonly string[]): Promise<Weights> {
    const tensors = await this.#store.read(names);
    return new Map(Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]));
  }

  /** @throws shape-mismatch when the batch lacks a declared input, or one has another size or type. */
  #feeds(batch: Batch): Tensors {
    const feeds: Tensors = {};
    for (const [name, { dtype, dimensions }] of this.#inputs) {
      const data = batch[name];
      const size = dimensions.reduce((product, dimension) => product * dimension, 1);
      const isRight = dtype === "float32" ? data instanceof Float32Array : data instanceof Int32Array;
      if (data === undefined || !isRight || data.length !== size) {
        throw new PreceptError("shape-mismatch", {
          attempted: `Feeding the training input ${name}`,
          found: data === undefined ? "nothing" : `${data.constructor.name} of ${data.length}`,
          expected: `${dtype} (${dimensions.join(", ")})`,
        });
      }
      feeds[`batch.${name}`] = { dtype, shape: dimensions, data };
    }
    return feeds;
  }

  #check(results: Readonly<Record<string, number>>): void {
    for (const name of [LOSS, NORM]) {
      if (Number.isFinite(results[name])) continue;
      throw new PreceptError("not-finite", {
        attempted: `Training step ${this.#step + 1}`,
        found: `${name} = ${results[name]}`,
        expected: "a finite number",
        remedy: "lower the learning rate, or look for extreme values in the batch; weights are as before the step",
      });
    }
  }
}
