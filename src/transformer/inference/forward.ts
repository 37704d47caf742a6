import {
  type DeviceName,
  loadOnnxRuntime,
  loadSession,
  type RuntimeSession,
  type RuntimeTensor,
  type TensorValue,
  toRuntime,
} from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import type { Weights } from "../checkpoint/weights.ts";
import { SiteRunner } from "./activations.ts";
import { causalBias } from "./causal-bias.ts";
import type { SiteEdit } from "./edits.ts";
import { type DeclareParameters, inferenceModel, ownParameters, type Wanted } from "./inference-graph.ts";
import type { KeyValueCache, NewRows } from "./key-value-cache.ts";

/** One sequence's share of a run: new tokens, where they start, and what is asked about them. */
export interface ForwardRow {
  readonly tokens: ArrayLike<number>;
  /** Position of the first new token. */
  readonly start: number;
  /** Indices into `tokens` after which something is wanted. */
  readonly wanted: readonly number[];
  /** "score" only: for each wanted index, the token whose probability is asked. */
  readonly targets?: readonly number[];
}

export interface ForwardOptions<Output extends string> {
  readonly wanted: Wanted;
  readonly fetch: readonly Output[];
  /** Earlier tokens of the rows: `count` rows of the cache from `first` on. */
  readonly past?: { readonly cache: KeyValueCache; readonly first: number };
  readonly temperature?: number | undefined;
  /** Whether the keys and values of the new tokens are wanted. */
  readonly keep?: boolean | undefined;
  /** What is done to sites on the way. Graphs are kept for one list of them, known by identity. */
  readonly edits?: readonly SiteEdit[] | undefined;
}

export interface ForwardResult<Output extends string> {
  readonly outputs: Readonly<Record<Output, Float32Array>>;
  /** Empty unless `keep`. */
  readonly rows: NewRows;
}

export interface ForwardPassOptions {
  readonly threads?: number | undefined;
  readonly device?: DeviceName | undefined;
  /** Gives memory back after every run. */
  readonly isFrugal?: boolean;
  /** Parameters that are fed at every run, as they then are. Default: none are. */
  readonly find?: (name: string) => TensorValue | undefined;
}

/** The model in the worker thread: loads the graphs that are asked for, feeds them, and forgets them on new weights. */
export class ForwardPass {
  readonly config: TransformerConfig;
  readonly #options: ForwardPassOptions;
  readonly #sessions = new Map<string, Promise<RuntimeSession>>();
  readonly #biases = new Map<number, RuntimeTensor>();
  #parameters: DeclareParameters;
  #edits: readonly SiteEdit[] | undefined;
  #sites: SiteRunner | undefined;

  constructor(config: TransformerConfig, parameters: DeclareParameters, options: ForwardPassOptions = {}) {
    this.config = config;
    this.#parameters = parameters;
    this.#options = options;
  }

  async updateWeights(weights: Weights): Promise<void> {
    this.#parameters = ownParameters(weights);
    await this.#forget();
    await this.#sites?.release();
    this.#sites = undefined;
  }

  async #forget(): Promise<void> {
    const old = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of old) await (await session).release();
  }

  /** Reads and writes sites of whole sequences. */
  get sites(): SiteRunner {
    const { threads, device } = this.#options;
    this.#sites ??= new SiteRunner({
      config: this.config,
      parameters: this.#parameters,
      threads,
      device,
      find: (names) => this.#findFed(names),
    });
    return this.#sites;
  }

  /** The parameters that are fed, of these inputs. */
  #findFed(names: readonly string[]): Record<string, RuntimeTensor> {
    const { find } = this.#options;
    const fed: Record<string, RuntimeTensor> = {};
    for (const name of find === undefined ? [] : names) {
      const value = find?.(name);
      if (value !== undefined) fed[name] = toRuntime(value);
    }
    return fed;
  }

  async run<Output extends string>(
    rows: readonly ForwardRow[],
    options: ForwardOptions<Output>,
  ): Promise<ForwardResult<Output>> {
    const { wanted, fetch, past, temperature = 1, keep = false, edits } = options;
    if (edits !== this.#edits) await this.#forget();
    this.#edits = edits;
    const count = rows.length;
    const length = rows.reduce((longest, row) => Math.max(longest, row.tokens.length), 0);
    const tokens = new Int32Array(count * length);
    // Positions are int64 below 2^31: only the low halves of the (little-endian) words are written.
    const positions = new BigInt64Array(count * length);
    const positionWords = new Int32Array(positions.buffer);
    const places: number[] = [];
    const targets: number[] = [];
    for (const [row, { tokens: own, start, wanted: indices, targets: asked = [] }] of rows.entries()) {
      for (let i = 0; i < own.length; i++) {
        tokens[row * length + i] = own[i]!;
        positionWords[2 * (row * length + i)] = start + i;
      }
      for (const index of indices) places.push(row * length + index);
      targets.push(...asked);
    }
    const { Tensor } = loadOnnxRuntime();
    const feeds: Record<string, RuntimeTensor> = {
      tokens: new Tensor("int32", tokens, [count, length]),
      positions: new Tensor("int64", positions, [count, length]),
      wanted: new Tensor("int32", Int32Array.from(places), [places.length]),
      newBias: this.#causalBias(length),
    };
    if (wanted === "score") feeds["targets"] = new Tensor("int32", Int32Array.from(targets), [targets.length]);
    if (wanted === "sample") feeds["inverseTemperature"] = new Tensor("float32", Float32Array.of(1 / temperature), []);
    if (past !== undefined) {
      Object.assign(feeds, past.cache.feeds(past.first, count));
      feeds["split"] = new Tensor("int64", BigInt64Array.of(BigInt(past.cache.columns), BigInt(length)), [2]);
    }
    const session = await this.#session(wanted, past !== undefined);
    Object.assign(feeds, this.#findFed(session.inputNames));
    const layers = keep ? Array.from({ length: this.config.layers }, (_, layer) => layer) : [];
    const names: string[] = [...fetch];
    for (const layer of layers) names.push(`keys.${layer}`, `values.${layer}`);
    const results = await session.run(feeds, names);
    const floats = (name: string): Float32Array => results[name]!.data as Float32Array;
    const outputs = Object.fromEntries(fetch.map((name) => [name, floats(name)])) as Record<Output, Float32Array>;
    const keys = layers.map((layer) => floats(`keys.${layer}`));
    return { outputs, rows: { keys, values: layers.map((layer) => floats(`values.${layer}`)), length } };
  }

  #session(wanted: Wanted, cached: boolean): Promise<RuntimeSession> {
    const key = `${wanted}:${cached}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const { threads, device, isFrugal } = this.#options;
      session = loadSession(
        inferenceModel(this.config, this.#parameters, { cached, wanted, edits: this.#edits }),
        threads,
        device,
        isFrugal,
      );
      this.#sessions.set(key, session);
    }
    return session;
  }

  #causalBias(length: number): RuntimeTensor {
    const known = this.#biases.get(length);
    if (known !== undefined) return known;
    const tensor = causalBias(this.config, length);
    if (this.#biases.size >= 8) this.#biases.clear();
    this.#biases.set(length, tensor);
    return tensor;
  }
}
