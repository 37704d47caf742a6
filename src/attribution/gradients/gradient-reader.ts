import { Session, TensorStore, type TensorValue } from "../../tensor/index.ts";
import type { TransformerConfig, Weights } from "../../transformer/index.ts";
import { type GradientGraph, gradientGraph, stored, type Wanted } from "./gradient-graph.ts";
import { isAttributed } from "./linear-layers.ts";
import type { ExampleLoss } from "./losses.ts";
import { drawProjection } from "./projections.ts";

export interface GradientReaderOptions<X> {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly loss: ExampleLoss<X>;
  /** k, the rows and columns that are kept of a layer's gradient. Default 16. */
  readonly projection?: number;
  /** Of the projections. */
  readonly seed: number;
}

export type Outputs = Readonly<Record<string, Float32Array>>;

interface Loaded {
  readonly graph: GradientGraph;
  readonly session: Session;
}

/** Graphs of different shapes that stay loaded. */
const keptSessions = 3;
/** Rows are padded to multiples of this; of longer ones, of a quarter of the power of two below. */
const leastLengthStep = 16;
/** Places in a batch; fewer where the vocabulary is so large that their logits would not fit. */
const placesPerBatch = 1024;
const mostScores = 2 ** 24;

/**
 * Per-example gradients of one model, without a loop over examples. The weights are held once, in the worker; a graph is made
 * for each shape of batch.
 */
export class GradientReader<X> {
  readonly loss: ExampleLoss<X>;
  readonly projection: number;
  readonly #config: TransformerConfig;
  readonly #weights: Weights;
  readonly #store = new TensorStore();
  readonly #loaded = new Map<string, Loaded>();

  private constructor({ config, weights, loss, projection = 16 }: GradientReaderOptions<X>) {
    this.loss = loss;
    this.projection = projection;
    this.#config = config;
    this.#weights = weights;
  }

  static async create<X>(options: GradientReaderOptions<X>): Promise<GradientReader<X>> {
    const reader = new GradientReader(options);
    const { weights, seed } = options;
    const floats = [...weights].map(([name, { shape, data }]) => [name, { dtype: "float32", shape, data }] as const);
    await reader.store(Object.fromEntries(floats));
    const drawn = [...weights].flatMap(([name, { shape }]) => {
      if (!isAttributed(name)) return [];
      const [out = 0, width = 0] = shape;
      const draw = (rows: number, of: string): [string, TensorValue] => [
        of,
        drawProjection(rows, reader.projection, seed, of),
      ];
      return [draw(width, stored.projectInput(name)), draw(out, stored.projectOutput(name))];
    });
    await reader.store(Object.fromEntries(drawn));
    return reader;
  }

  get vocabularySize(): number {
    return this.#config.vocabularySize;
  }

  /** Puts beside the weights what a graph takes as a constant. */
  store(tensors: Readonly<Record<string, TensorValue>>): Promise<void> {
    return this.#store.write(tensors);
  }

  /** Indices of examples in batches of about one length, shorter ones first: what is read does not depend on it. */
  plan(examples: readonly X[]): number[][] {
    const byLength = Map.groupBy(examples.keys(), (i) => roundUp(this.loss.lengthOf(examples[i] as X)));
    return [...byLength]
      .sort(([a], [b]) => a - b)
      .flatMap(([length, members]) => {
        const size = this.#capacity(length);
        return Array.from({ length: Math.ceil(members.length / size) }, (_, i) =>
          members.slice(i * size, (i + 1) * size),
        );
      });
  }

  /** What is wanted of a batch: examples first in each output, as many as are given. */
  async read(examples: readonly X[], wanted: readonly Wanted[], queries = 0): Promise<Outputs> {
    const length = roundUp(Math.max(...examples.map((example) => this.loss.lengthOf(example))));
    // A query is a batch of its own; a part of a plan takes the shape of the whole ones, so that they share a graph.
    const count = examples.length === 1 ? 1 : Math.max(examples.length, this.#capacity(length));
    const { graph, session } = await this.#load(count, length, wanted, queries);
    const filled = this.loss.fill(examples, count, length);
    const feeds = [...graph.inputs].map(([name, { dtype, dimensions }]): [string, TensorValue] => [
      `batch.${name}`,
      { dtype, shape: dimensions, data: filled[name] as Int32Array | Float32Array },
    ]);
    const results = await session.run(Object.fromEntries(feeds), { fetch: graph.outputs });
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
  }

  /** Places a row that `read` takes for these examples. */
  rowLength(examples: readonly X[]): number {
    return roundUp(Math.max(...examples.map((example) => this.loss.lengthOf(example))));
  }

  async dispose(): Promise<void> {
    for (const { session } of this.#loaded.values()) await session.dispose();
    this.#loaded.clear();
    await this.#store.dispose();
  }

  #capacity(length: number): number {
    const places = Math.min(placesPerBatch, mostScores / this.#config.vocabularySize);
    return Math.max(1, Math.floor(places / length / this.loss.rowsPerExample));
  }

  async #load(examples: number, length: number, wanted: readonly Wanted[], queries: number): Promise<Loaded> {
    const key = [examples, length, queries, ...wanted].join();
    const known = this.#loaded.get(key);
    if (known !== undefined) return known;
    for (const [old, { session }] of this.#loaded) {
      if (this.#loaded.size < keptSessions) break;
      await session.dispose();
      this.#loaded.delete(old);
    }
    const [config, weights, loss, projection] = [this.#config, this.#weights, this.loss, this.projection];
    const graph = gradientGraph({ config, weights, loss, examples, length, projection, wanted, queries });
    const loaded = { graph, session: await Session.create(graph.model, this.#store) };
    this.#loaded.set(key, loaded);
    return loaded;
  }
}

/** Few enough lengths that graphs are shared, and at most a quarter of a long row's work for nothing. */
function roundUp(length: number): number {
  const step = Math.max(leastLengthStep, 2 ** Math.floor(Math.log2(Math.max(1, length))) / 4);
  return step * Math.ceil(length / step);
}
