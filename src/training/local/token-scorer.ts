import { Graph, toOnnx, type Value } from "../../tensor/graph.ts";
import { exp, mul, neg } from "../../tensor/operators/elementwise.ts";
import { reduceSum } from "../../tensor/operators/reduce.ts";
import { logSoftmax } from "../../tensor/operators/softmax.ts";
import { Session, TensorStore } from "../../tensor/session.ts";
import type { TransformerConfig } from "../../transformer/config.ts";
import { graphModel, parametersFrom } from "../../transformer/model.ts";
import { SCALAR_HEAD, type Weights } from "../../transformer/weights.ts";
import type { BatchShape, TokenBatch } from "./batching.ts";

/** What can be read on every position; each (B, T). */
export type Reading = "logprobs" | "entropies" | "scalars";

export type Readings = Readonly<Partial<Record<Reading, Float32Array>>>;

/**
 * The forward pass of the training graph, without training: log-probabilities of the targets, entropies of the next-token
 * distributions (nats) and the scalar head. Same kernels and shapes as a training step, so that policy ratios start at 1.
 */
export class TokenScorer {
  readonly shape: BatchShape;
  readonly #readings: readonly Reading[];
  readonly #store: TensorStore;
  readonly #session: Session;

  private constructor(shape: BatchShape, readings: readonly Reading[], store: TensorStore, session: Session) {
    this.shape = shape;
    this.#readings = readings;
    this.#store = store;
    this.#session = session;
  }

  static async create(options: {
    readonly config: TransformerConfig;
    readonly weights: Weights;
    readonly shape: BatchShape;
    readonly readings: readonly Reading[];
  }): Promise<TokenScorer> {
    const { config, weights, shape, readings } = options;
    const graph = new Graph();
    const parameters = new Map(
      [...weights].map(([name, tensor]) => [name, graph.input(name, "float32", tensor.shape)]),
    );
    const model = graphModel(graph, config, parametersFrom(parameters), shape);
    const ports = [shape.batch, shape.length];
    const hidden = model.hidden(graph.input("tokens", "int32", ports), graph.input("segments", "int32", ports));
    const targets = graph.input("targets", "int32", ports);
    const build: Readonly<Record<Reading, () => Value>> = {
      logprobs: () => model.tokenLogprobs(model.logits(hidden), targets),
      entropies: () => entropy(model.logits(hidden)),
      scalars: () => model.scalar(hidden),
    };
    const outputs = Object.fromEntries(readings.map((reading) => [reading, build[reading]()]));
    const store = new TensorStore();
    const session = await Session.create(toOnnx(graph, outputs), store);
    const scorer = new TokenScorer(shape, readings, store, session);
    await scorer.updateWeights(weights);
    return scorer;
  }

  async updateWeights(weights: Weights): Promise<void> {
    await this.#store.write(
      Object.fromEntries([...weights].map(([name, { shape, data }]) => [name, { dtype: "float32", shape, data }])),
    );
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
    await this.#store.dispose();
  }
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
