import { PreceptError } from "../../errors.ts";
import {
  type DeviceName,
  Session,
  TensorStore,
  type TensorValue,
  type UpdatedParameter,
  type UpdateRequest,
  type WorkerThread,
} from "../../tensor/index.ts";
import { checkWeights } from "../checkpoint/check-weights.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { adaptedModules, type LoraAdapter } from "../checkpoint/lora.ts";
import { isLarge, SCALAR_HEAD, type Weights, type WeightTensor } from "../checkpoint/weights.ts";
import { ADAMW_DEFAULTS, type AdamWOptions, adamWStep } from "./adamw.ts";
import { dropoutMasks, type MaskedModule, maskedModules } from "./lora-dropout.ts";
import {
  BATCH_PREFIX,
  LOSS,
  type LossBuilder,
  METRIC_PREFIX,
  NORM,
  SLOPE_PREFIX,
  SUM_PREFIX,
  type TrainingGraphs,
  trainingGraphs,
} from "./training-graph.ts";

export type { DeclareInput, LossBuilder, LossOutputs } from "./training-graph.ts";

export interface TrainingOptions {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  /** Learns on top of `weights`, which are then frozen (except a scalar head that the adapter brings). */
  readonly adapter?: LoraAdapter | undefined;
  /** Of the adapter's dropout masks. Default 0. */
  readonly seed?: number | undefined;
  readonly loss: LossBuilder;
  /** Rows per batch. */
  readonly batch: number;
  /** Tokens per row. */
  readonly length: number;
  readonly optimizer?: Partial<AdamWOptions>;
  /** Which parameters learn; by default all, or with an adapter those of the adapter. */
  readonly trainable?: (name: string) => boolean;
  /** Batches per step: their gradients are averaged. */
  readonly accumulate?: number;
  readonly threads?: number | undefined;
  /** Moves the weights to the worker, an adapter's excepted, instead of copying them: nobody else may use them, before or after. */
  readonly isOwner?: boolean;
  /** Where parameters live and graphs run. Default: one thread for all sessions. */
  readonly worker?: WorkerThread;
  /** Default cpu. Parameters and moments stay in main memory between steps. */
  readonly device?: DeviceName | undefined;
}

export type Batch = Readonly<Record<string, Float32Array | Int32Array>>;

/** What a later process needs, besides the weights, to go on exactly as this one would have. */
export interface TrainerState {
  readonly step: number;
  /** "first.NAME" and "second.NAME" moments of every trainable parameter. */
  readonly moments: Weights;
}

type Tensors = Record<string, TensorValue>;

/** A loaded graph of the step, and what to ask of it. */
interface Stage {
  readonly session: Session;
  readonly fetch: readonly string[];
  readonly keep: Readonly<Record<string, string>>;
}

interface Parts {
  readonly parameters: readonly string[];
  readonly trainable: ReadonlyMap<string, readonly number[]>;
  readonly accumulate: number;
  readonly optimizer: AdamWOptions;
  /** Empty without dropout. */
  readonly masked: readonly MaskedModule[];
  readonly seed: number;
  readonly inputs: TrainingGraphs["inputs"];
  readonly store: TensorStore;
  readonly main: Stage;
  readonly apply: Stage | undefined;
}

/** Matrices decay, embeddings and the scalar head do not. */
const hasDecay = (name: string, { length: rank }: readonly number[]): boolean =>
  rank === 2 && name !== "model.embed_tokens.weight" && name !== "lm_head.weight" && name !== SCALAR_HEAD;
const floats = ({ shape, data }: WeightTensor): TensorValue => ({ dtype: "float32", shape, data });
const tensorsOf = (weights: Weights): Tensors =>
  Object.fromEntries([...weights].map(([name, tensor]) => [name, floats(tensor)]));
const sizeOf = (shape: readonly number[]): number => shape.reduce((product, dimension) => product * dimension, 1);

/**
 * Trains a transformer in a worker thread. Forward and backward are one graph; clipping and AdamW work in place on
 * parameters and moments, which never leave the worker between steps. The same batches give the same bytes.
 */
export class TrainingSession {
  readonly #parts: Parts;
  #step = 0;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws checkpoint-invalid or shape-mismatch when weights and configuration disagree. */
  static async create(options: TrainingOptions): Promise<TrainingSession> {
    const { adapter, accumulate = 1, threads, device, seed = 0, isOwner = false, worker } = options;
    checkWeights(options.config, options.weights, "Starting a training session");
    const modules = adapter && adaptedModules(adapter, options.weights, "Starting a training session");
    const weights: Weights = new Map([...options.weights, ...(adapter?.weights ?? [])]);
    const learns = options.trainable ?? ((name) => adapter === undefined || adapter.weights.has(name));
    const names = [...weights.keys()].filter(learns);
    const optimizer = { ...ADAMW_DEFAULTS, ...options.optimizer };
    const adapted = adapter && modules && { config: adapter.config, modules };
    const graphs = trainingGraphs({ ...options, weights, adapter: adapted, trainable: names, accumulate });
    const store = new TensorStore(worker);
    const isFrugal = isLarge(weights);
    const load = async ({ model, fetch, keep, ports }: TrainingGraphs["main"]): Promise<Stage> => ({
      session: await Session.create(model, store, { threads, device, isFrugal, ports }),
      fetch,
      keep,
    });
    const training = new TrainingSession({
      parameters: [...weights.keys()],
      trainable: new Map(names.map((name) => [name, weights.get(name)!.shape])),
      accumulate,
      optimizer,
      masked:
        adapted === undefined
          ? []
          : maskedModules(
              adapted,
              (module) => weights.get(`${module}.weight`)!.shape[1]!,
              options.batch * options.length,
            ),
      seed,
      inputs: graphs.inputs,
      store,
      main: await load(graphs.main),
      apply: graphs.apply === undefined ? undefined : await load(graphs.apply),
    });
    await store.write(tensorsOf(options.weights), isOwner);
    if (adapter !== undefined) await store.write(tensorsOf(adapter.weights));
    await training.#clear("first", "second");
    return training;
  }

  /** Steps done since the start of training, restored ones included. */
  get steps(): number {
    return this.#step;
  }

  /**
   * One optimizer step; with accumulation, on exactly that many batches. Returns loss, gradientNorm (before clipping) and
   * the loss builder's metrics; loss and metrics are averaged over the batches.
   * @throws not-finite when loss or gradient is not finite: weights and moments are then as before.
   * @throws shape-mismatch when a batch does not fit the declared inputs.
   */
  async step(batch: Batch | readonly Batch[], learningRate: number): Promise<Record<string, number>> {
    const { accumulate, optimizer, masked, seed, main, apply } = this.#parts;
    const feeds = (Array.isArray(batch) ? (batch as readonly Batch[]) : [batch as Batch]).map((item, part) => ({
      ...this.#feeds(item),
      ...dropoutMasks(masked, seed, this.#step + 1, part),
    }));
    if (feeds.length !== accumulate) {
      const found = `${feeds.length} batches`;
      throw new PreceptError("shape-mismatch", { attempted: "A training step", found, expected: `${accumulate}` });
    }
    const update: UpdateRequest = {
      ...adamWStep(this.#step + 1, learningRate, optimizer),
      norm: NORM,
      parameters: this.#listUpdates(apply === undefined ? SLOPE_PREFIX : SUM_PREFIX),
    };
    const results: Record<string, number> = {};
    const collect = (tensors: Tensors, share: number): void => {
      for (const [name, { data }] of Object.entries(tensors)) {
        const label = name.startsWith(METRIC_PREFIX) ? name.slice(METRIC_PREFIX.length) : name;
        results[label] = (results[label] ?? 0) + Number(data[0]) * share;
      }
    };
    if (apply === undefined) {
      collect(await main.session.run({ ...feeds[0] }, { ...main, guard: [LOSS, NORM], update }), 1);
    } else {
      await this.#clear("sum");
      for (const item of feeds) collect(await main.session.run(item, main), 1 / accumulate);
      this.#check(LOSS, results, learningRate);
      collect(await apply.session.run({}, { ...apply, guard: [NORM], update }), 1);
    }
    this.#check(LOSS, results, learningRate);
    this.#check(NORM, results, learningRate);
    this.#step++;
    return results;
  }

  /** The current weights, copied out of the worker. */
  weights(): Promise<Weights> {
    return this.#read(this.#parts.parameters);
  }

  /** The parameters that learn, copied out of the worker: with an adapter, its own. */
  learnedWeights(): Promise<Weights> {
    return this.#read([...this.#parts.trainable.keys()]);
  }

  /** Where parameters and moments live; scorers over the same store share them. */
  get store(): TensorStore {
    return this.#parts.store;
  }

  /** Moments and step number; with `weights()`, all that a bit-identical continuation needs. */
  async state(): Promise<TrainerState> {
    return { step: this.#step, moments: await this.#read(this.#momentNames()) };
  }

  /** Goes on from a saved state; the weights of that moment are those that the session was created with. */
  async restore(state: TrainerState): Promise<void> {
    const moments: Tensors = {};
    for (const name of this.#momentNames()) {
      const tensor = state.moments.get(name);
      const shape = this.#parts.trainable.get(name.slice(name.indexOf(".") + 1))!;
      if (tensor === undefined || tensor.data.length !== sizeOf(shape)) {
        throw new PreceptError("checkpoint-invalid", {
          attempted: "Restoring a trainer's state",
          found: tensor === undefined ? `no tensor ${name}` : `${name} of shape (${tensor.shape.join(", ")})`,
          expected: `${name} of shape (${shape.join(", ")})`,
        });
      }
      moments[name] = floats(tensor);
    }
    await this.#parts.store.write(moments);
    this.#step = state.step;
  }

  async dispose(): Promise<void> {
    await this.#parts.main.session.dispose();
    await this.#parts.apply?.session.dispose();
    await this.#parts.store.dispose();
  }

  /** What the optimizer changes, given where the gradients are. */
  #listUpdates(prefix: string): UpdatedParameter[] {
    const { trainable, optimizer } = this.#parts;
    return [...trainable].map(([name, shape]) => ({
      gradient: `${prefix}${name}`,
      parameter: name,
      first: `first.${name}`,
      second: `second.${name}`,
      weightDecay: hasDecay(name, shape) ? optimizer.weightDecay : 0,
    }));
  }

  #momentNames(): string[] {
    return [...this.#parts.trainable.keys()].flatMap((name) => [`first.${name}`, `second.${name}`]);
  }

  /** Zeros under "PREFIX.NAME" for every trainable parameter. */
  async #clear(...prefixes: readonly string[]): Promise<void> {
    const shapes = [...this.#parts.trainable].flatMap(([name, shape]) =>
      prefixes.map((prefix) => [`${prefix}.${name}`, shape] as const),
    );
    await this.#parts.store.zeros(Object.fromEntries(shapes));
  }

  async #read(names: readonly string[]): Promise<Weights> {
    const tensors = Object.entries(await this.#parts.store.read(names));
    return new Map(tensors.map(([name, { shape, data }]) => [name, { shape, data: data as Float32Array }]));
  }

  #feeds(batch: Batch): Tensors {
    const feeds: Tensors = {};
    for (const [name, { dtype, dimensions }] of this.#parts.inputs) {
      const data = batch[name];
      const isRightType = dtype === "float32" ? data instanceof Float32Array : data instanceof Int32Array;
      if (data === undefined || !isRightType || data.length !== sizeOf(dimensions)) {
        throw new PreceptError("shape-mismatch", {
          attempted: `Feeding the training input ${name}`,
          found: data === undefined ? "nothing" : `${data.constructor.name} of ${data.length}`,
          expected: `${dtype} (${dimensions.join(", ")})`,
        });
      }
      feeds[`${BATCH_PREFIX}${name}`] = { dtype, shape: dimensions, data };
    }
    return feeds;
  }

  #check(name: string, results: Readonly<Record<string, number>>, learningRate: number): void {
    if (Number.isFinite(results[name])) return;
    throw new PreceptError("not-finite", {
      attempted: `Training step ${this.#step + 1} at learning rate ${learningRate}`,
      found: `${name} = ${results[name]}`,
      expected: "a finite number",
      remedy: "lower the learning rate, or look for extreme values in the batch; weights are as before the step",
    });
  }
}
