import {
  exp,
  Graph,
  logSoftmax,
  mul,
  neg,
  reduceSum,
  Session,
  TensorStore,
  toOnnx,
  type Value,
} from "../../tensor/index.ts";
import {
  adaptedModules,
  adaptedParameters,
  graphModel,
  isAdapterTensor,
  isLarge,
  type LoraAdapter,
  parametersFrom,
  SCALAR_HEAD,
  type TransformerConfig,
  type Weights,
} from "../../transformer/index.ts";
import type { BatchShape, TokenBatch } from "./batching.ts";

/** What can be read on every position; each (B, T). */
export type Reading = "logprobs" | "entropies" | "scalars";

export type Readings = Readonly<Partial<Record<Reading, Float32Array>>>;

export interface TokenScorerOptions {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  /** On top of the weights; its tensors stand in the store under `adapterPrefix` and their names. */
  readonly adapter?: LoraAdapter | undefined;
  /** Default "": the names that a training session uses. */
  readonly adapterPrefix?: string;
  readonly shape: BatchShape;
  readonly readings: readonly Reading[];
}

/**
 * The forward pass of the training graph, without training: log-probabilities of the targets, entropies of the next-token
 * distributions (nats) and the scalar head. Same kernels and shapes as a training step, so that policy ratios start at 1.
 */
export class TokenScorer {
  readonly shape: BatchShape;
  readonly #readings: readonly Reading[];
  /** Only when this scorer brought it. */
  readonly #ownStore: TensorStore | undefined;
  readonly #session: Session;

  private constructor({ shape, readings }: TokenScorerOptions, session: Session, ownStore: TensorStore | undefined) {
    this.shape = shape;
    this.#readings = readings;
    this.#ownStore = ownStore;
    this.#session = session;
  }

  /** Brings its own copy of the weights. */
  static async create(options: TokenScorerOptions): Promise<TokenScorer> {
    const store = new TensorStore();
    await storeWeights(store, options.weights);
    if (options.adapter !== undefined) await storeWeights(store, options.adapter.weights, options.adapterPrefix);
    return TokenScorer.#build(options, store, store);
  }

  /**
   * Reads weights that live in a store already, e.g. a training session's, and sees them change; `weights` only says which
   * there are. So policy, reference and initial model share one base.
   */
  static over(store: TensorStore, options: TokenScorerOptions): Promise<TokenScorer> {
    return TokenScorer.#build(options, store, undefined);
  }

  static async #build(
    options: TokenScorerOptions,
    store: TensorStore,
    ownStore: TensorStore | undefined,
  ): Promise<TokenScorer> {
    const isFrugal = isLarge(options.weights);
    const session = await Session.create(scorerModel(options), store, { isFrugal });
    return new TokenScorer(options, session, ownStore);
  }

  async read(batch: TokenBatch): Promise<Readings> {
    const { batch: rows, length } = this.shape;
    const port = (data: Int32Array) => ({ dtype: "int32", shape: [rows, length], data }) as const;
    const feeds = { tokens: port(batch.tokens), segments: port(batch.segments), targets: port(batch.targets) };
    const results = await this.#session.run(feeds, { fetch: this.#readings });
    return Object.fromEntries(this.#readings.map((reading) => [reading, results[reading]?.data as Float32Array]));
  }

  async dispose(): Promise<void> {
    await this.#session.dispose();
    await this.#ownStore?.dispose();
  }
}

/** Puts tensors into a store under their names, or a prefix and their names. */
export async function storeWeights(store: TensorStore, weights: Weights, prefix = ""): Promise<void> {
  const tensors = [...weights].map(([name, { shape, data }]) => [prefix + name, { dtype: "float32", shape, data }]);
  await store.write(Object.fromEntries(tensors));
}

function scorerModel({
  config,
  weights,
  adapter,
  adapterPrefix = "",
  shape,
  readings,
}: TokenScorerOptions): Uint8Array {
  const graph = new Graph();
  const parameters = new Map<string, Value>();
  for (const [name, tensor] of [...weights, ...(adapter?.weights ?? [])]) {
    const prefix = isAdapterTensor(name) ? adapterPrefix : "";
    if (!parameters.has(name)) parameters.set(name, graph.input(prefix + name, "float32", tensor.shape));
  }
  const plain = parametersFrom(parameters);
  const modules = adapter && adaptedModules(adapter, weights, "Preparing a scorer");
  const whole =
    adapter === undefined || modules === undefined
      ? plain
      : adaptedParameters(graph, plain, { config: adapter.config, modules, value: plain });
  const model = graphModel(graph, config, whole, shape);
  const ports = [shape.batch, shape.length];
  const hidden = model.hiddenStates(graph.input("tokens", "int32", ports), graph.input("segments", "int32", ports));
  const targets = graph.input("targets", "int32", ports);
  const build: Readonly<Record<Reading, () => Value>> = {
    logprobs: () => model.tokenLogprobs(model.logits(hidden), targets),
    entropies: () => entropy(model.logits(hidden)),
    scalars: () => model.scalar(hidden),
  };
  return toOnnx(graph, Object.fromEntries(readings.map((reading) => [reading, build[reading]()])));
}

/** -sum p log p over the vocabulary; logits (B, T, V) to (B, T). */
function entropy(logits: Value): Value {
  const logprobs = logSoftmax(logits);
  return neg(reduceSum(mul(exp(logprobs), logprobs), [-1]));
}

/** Weights without the scalar head, as a language model's checkpoint has them. */
export function withoutScalarHead(weights: Weights): Weights {
  return new Map([...weights].filter(([name]) => name !== SCALAR_HEAD));
}
