import { Worker } from "node:worker_threads";
import { PreceptError } from "../../errors.ts";
import { ropeAngles, workerEntry } from "../../tensor/index.ts";
import { type CompiledModule, compile, type SharedMemory, sharedMemory } from "../../tensor/wasm/index.ts";
import { type TransformerConfig, windowOf } from "../checkpoint/config.ts";
import { type LoraAdapter, loraNames, loraScale } from "../checkpoint/lora.ts";
import type { Weights } from "../checkpoint/weights.ts";
import { ropeFrequencies, rotationOf } from "../graph/rope-scaling.ts";
import type { SiteEdit } from "../inference/edits.ts";
import { kernelModule, MAXIMUM_PAGES } from "./kernels.ts";
import { Layout, MEMORY_BYTES, padToPanel } from "./packing.ts";
import {
  CONTROL,
  type DecodePlan,
  type LayerPlan,
  type PackedAdapter,
  PROJECTIONS,
  type Projection,
  ROW,
  SPARE_ROWS,
  UNWANTED,
} from "./plan.ts";
import { PANEL } from "./product-kernels.ts";
import { DecodeProgram } from "./program.ts";
import { planEdits } from "./site-edits.ts";
import { Arena } from "./slots.ts";
import { Deserted } from "./teammate.ts";

/** Keys and values of one sequence: room for `capacity` positions. */
export interface Slot {
  readonly at: number;
  readonly bytes: number;
  readonly capacity: number;
}

/** One token of a step. Rows of one sequence stand in the order of their positions. */
export interface DecodeRow {
  readonly token: number;
  readonly position: number;
  readonly slot: Slot;
  /** Whether the distribution after this token is wanted, at which temperature; 0 counts as 1. */
  readonly temperature?: number | undefined;
  /** 0: the base model; n: adapter n − 1. */
  readonly adapter?: number | undefined;
}

/** The distribution after a row; views that the next step overwrites. */
export interface Distribution {
  readonly logits: Float32Array;
  /** At the row's temperature. */
  readonly probabilities: Float32Array;
  /** log P(token) at temperature 1 is logits[token] − logNormaliser. */
  readonly logNormaliser: number;
}

export interface DecoderOptions {
  readonly threads: number;
  readonly adapters?: readonly LoraAdapter[];
  /** Done to every token of every sequence. */
  readonly edits?: readonly SiteEdit[] | undefined;
  /** For the keys and values of all sequences together; default 1 GiB, less where the weights leave less. */
  readonly cacheBytes?: number | undefined;
}

export interface WorkerPlan {
  readonly plan: DecodePlan;
  readonly module: CompiledModule;
  readonly memory: SharedMemory;
  readonly thread: number;
}

const ROWS = 128;
const WANTED = 64;
const LOGIT_FLOATS = 2 ** 24;
const CACHE_BYTES = 2 ** 30;

/** Why our kernels cannot run a model of this shape; undefined when they can. */
export function whyUnsupported(config: TransformerConfig, weights: Weights): string | undefined {
  const { hiddenSize, headSize, tiedEmbeddings } = config;
  if (!tiedEmbeddings && !weights.has("lm_head.weight")) return "no lm_head.weight, as in a preference model";
  if (hiddenSize % 4 !== 0) return `hidden size ${hiddenSize} is no multiple of 4`;
  if (headSize % 8 !== 0) return `head size ${headSize} is no multiple of 8`;
  if (config.attentionScale !== undefined && config.qkNorm !== true)
    return "a scale of attention without norms of heads";
  const bytes = 4 * [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  return bytes > 0.9 * MEMORY_BYTES ? `${(bytes / 2 ** 30).toFixed(1)} GiB of weights, more than 3.6` : undefined;
}

/**
 * The model as WebAssembly over one shared memory, for a few tokens of many sequences at a time: no native code, no
 * graph, no copies. A token's numbers do not depend on what else is in its step, down to the last bit.
 */
export class Decoder {
  readonly config: TransformerConfig;
  readonly maxRows: number;
  /** Rows per step after which distributions may be wanted. */
  readonly maxWanted: number;
  readonly #plan: DecodePlan;
  readonly #memory: SharedMemory;
  readonly #program: DecodeProgram;
  readonly #arena: Arena;
  readonly #helpers: Worker[];
  /** The error that ended it. */
  readonly #failed = Promise.withResolvers<unknown>();
  #bytes: Uint8Array;

  /** @throws PreceptError input-invalid for a shape that the kernels do not take. */
  constructor(config: TransformerConfig, weights: Weights, options: DecoderOptions) {
    const fault = whyUnsupported(config, weights);
    if (fault !== undefined) {
      throw new PreceptError("input-invalid", {
        attempted: "Preparing a model for decoding",
        found: fault,
        expected:
          "a language model with a hidden size of a multiple of 4, heads of a multiple of 8, and below 3.6 GiB in f32",
      });
    }
    this.config = config;
    const layout = new Layout();
    this.#plan = planOf(config, weights, options, layout);
    const { maxRows, maxWanted } = this.#plan;
    [this.maxRows, this.maxWanted] = [maxRows, maxWanted];
    const limit = Math.min(MEMORY_BYTES, layout.bytes + (options.cacheBytes ?? CACHE_BYTES));
    this.#memory = sharedMemory(layout.bytes, MAXIMUM_PAGES);
    this.#bytes = new Uint8Array(this.#memory.buffer);
    layout.fill(new Float32Array(this.#memory.buffer));
    this.#arena = new Arena(layout.bytes, limit);
    const module = compile(kernelModule(config.headSize));
    this.#program = new DecodeProgram(this.#plan, module, this.#memory, 0);
    this.#helpers = Array.from({ length: options.threads - 1 }, (_, index) => {
      const workerData: WorkerPlan = { plan: this.#plan, module, memory: this.#memory, thread: index + 1 };
      const worker = new Worker(workerEntry("decode-worker", import.meta.url), { workerData, execArgv: [] });
      worker.unref();
      worker.once("error", (error) => {
        this.#failed.resolve(error);
        this.#program.end();
      });
      return worker;
    });
  }

  /** Bytes of keys and values for so many positions. */
  slotBytes(capacity: number): number {
    const { layers, keyValueHeads, headSize } = this.config;
    return layers * keyValueHeads * 8 * Math.ceil(capacity / 4) * 4 * headSize;
  }

  get cacheBytes(): number {
    return this.#arena.limit - this.#arena.start;
  }

  /** Room for a sequence of `capacity` tokens, or undefined where there is none at present. */
  open(capacity: number): Slot | undefined {
    const bytes = this.slotBytes(capacity);
    const at = this.#arena.take(bytes);
    if (at === undefined) return undefined;
    const missing = this.#arena.end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / 65536));
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    return { at, bytes, capacity: Math.ceil(capacity / 4) * 4 };
  }

  close({ at, bytes }: Slot): void {
    this.#arena.give(at, bytes);
  }

  /** Copies the first `count` positions of a sequence to another. */
  copy(from: Slot, to: Slot, count: number): void {
    const { layers, keyValueHeads, headSize } = this.config;
    const bytes = 4 * headSize;
    for (let block = 0; block < 2 * layers * keyValueHeads; block++) {
      const start = from.at + block * from.capacity * bytes;
      this.#bytes.copyWithin(to.at + block * to.capacity * bytes, start, start + count * bytes);
    }
  }

  /** Runs the rows; gives the distributions after the rows that have a temperature, in their order. After an error, it has ended. */
  async step(rows: readonly DecodeRow[]): Promise<Distribution[]> {
    const { control, rowTable, buffers, head, vocabularySize } = this.#plan;
    const table = new Uint32Array(this.#memory.buffer, rowTable, rows.length * ROW.words);
    const scales = new Float32Array(this.#memory.buffer, rowTable, rows.length * ROW.words);
    let wanted = 0;
    for (const [index, { token, position, slot, temperature, adapter = 0 }] of rows.entries()) {
      const at = index * ROW.words;
      table[at + ROW.token] = token;
      table[at + ROW.position] = position;
      table[at + ROW.cache] = slot.at;
      table[at + ROW.capacity] = slot.capacity;
      table[at + ROW.adapter] = adapter;
      table[at + ROW.wanted] = temperature === undefined ? UNWANTED : wanted++;
      scales[at + ROW.scale] = temperature === undefined || temperature === 0 ? 1 : 1 / temperature;
    }
    if (rows.length > this.maxRows || wanted > this.maxWanted) throw new RangeError("too many rows for a step");
    Atomics.store(new Int32Array(this.#memory.buffer, control, CONTROL.words), CONTROL.rows, rows.length);
    try {
      await this.#program.lead();
    } catch (error) {
      if (!(error instanceof Deserted)) this.#failed.resolve(error);
      throw await this.#failed.promise;
    }
    const stride = 4 * PANEL * head.panels;
    const statistics = new Float32Array(this.#memory.buffer, buffers.statistics, 2 * wanted);
    return Array.from({ length: wanted }, (_, n) => ({
      logits: new Float32Array(this.#memory.buffer, buffers.logits + n * stride, vocabularySize),
      probabilities: new Float32Array(this.#memory.buffer, buffers.probabilities + n * stride, vocabularySize),
      logNormaliser: statistics[2 * n]! + Math.log(statistics[2 * n + 1]!),
    }));
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#helpers.map((worker) => worker.terminate()));
  }
}

/** Where everything goes; `layout` remembers what to write there. */
function planOf(
  config: TransformerConfig,
  weights: Weights,
  { threads, adapters = [], edits = [] }: DecoderOptions,
  layout: Layout,
): DecodePlan {
  const { hiddenSize, feedForwardSize, heads, keyValueHeads, headSize, contextLength, vocabularySize } = config;
  const data = (name: string): Float32Array => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`no parameter ${name}`);
    return tensor.data;
  };
  const control = layout.room(CONTROL.words);
  const maxWanted = Math.max(1, Math.min(WANTED, Math.floor(LOGIT_FLOATS / vocabularySize)));
  const rowTable = layout.room(ROWS * ROW.words);
  const widest = Math.max(hiddenSize, feedForwardSize, heads * headSize, vocabularySize);
  const zeros = layout.room(padToPanel(widest));
  const linear = (path: string) => {
    const tensor = weights.get(`${path}.weight`);
    if (tensor === undefined) throw new Error(`no parameter ${path}.weight`);
    return layout.linear(tensor, weights.get(`${path}.bias`)?.data, zeros);
  };
  const modules = (layer: number) =>
    PROJECTIONS.map((name) => {
      const part = name.length === 1 ? "self_attn" : "mlp";
      return [name, `model.layers.${layer}.${part}.${name}_proj`] as const;
    });
  const vectorOfNorm = (name: string, factor = 1): number => {
    const weight = data(`${name}.weight`);
    const offset = config.unitOffsetNorms === true ? 1 : 0;
    return layout.vector(offset === 0 && factor === 1 ? weight : weight.map((w) => factor * Math.fround(w + offset)));
  };
  const tables = new Map<boolean, Pick<LayerPlan, "cosine" | "sine">>();
  const tablesOf = (layer: number): Pick<LayerPlan, "cosine" | "sine"> => {
    const rotation = rotationOf(config, layer);
    const known = tables.get(rotation === config);
    if (known !== undefined) return known;
    const { frequencies, amplitude } = ropeFrequencies(rotation, contextLength);
    const angles = ropeAngles(contextLength, frequencies, amplitude);
    const made = { cosine: layout.vector(angles.cosine), sine: layout.vector(angles.sine) };
    tables.set(rotation === config, made);
    return made;
  };
  const isSandwich = config.sandwichNorms === true;
  const edited = planEdits(edits, config.layers, layout);
  const layers = Array.from({ length: config.layers }, (_, layer): LayerPlan => {
    const path = `model.layers.${layer}`;
    const norm = (name: string): number => vectorOfNorm(`${path}.${name}_layernorm`);
    // Attention divides its scores by sqrt(headSize); another scale goes into the queries.
    const factor = config.attentionScale === undefined ? 1 : config.attentionScale * Math.sqrt(headSize);
    const headNorm = (name: string, by = 1): number =>
      config.qkNorm === true ? vectorOfNorm(`${path}.self_attn.${name}_norm`, by) : 0;
    return {
      inputNorm: norm("input"),
      attentionNorm: norm(isSandwich ? "pre_feedforward" : "post_attention"),
      mixedNorm: isSandwich ? norm("post_attention") : 0,
      thoughtNorm: isSandwich ? norm("post_feedforward") : 0,
      projections: Object.fromEntries(modules(layer).map(([name, module]) => [name, linear(module)])) as Record<
        Projection,
        ReturnType<typeof linear>
      >,
      queryNorm: headNorm("q", factor),
      keyNorm: headNorm("k"),
      hasRope: config.noRopeLayers?.includes(layer) !== true,
      ...tablesOf(layer),
      window: windowOf(config, layer) ?? contextLength,
      edits: edited[layer] ?? {},
    };
  });
  const packAdapter = (adapter: LoraAdapter) =>
    Array.from({ length: config.layers }, (_, layer) => {
      const parts: Partial<Record<Projection, PackedAdapter>> = {};
      for (const [name, module] of modules(layer)) {
        const [a, b] = [adapter.weights.get(loraNames(module).a), adapter.weights.get(loraNames(module).b)];
        if (a === undefined || b === undefined) continue;
        const scale = loraScale(adapter.config, a.shape[0]!);
        parts[name] = {
          a: layout.linear(a, undefined, zeros),
          b: layout.linear(b, undefined, zeros, scale),
        };
      }
      return parts;
    });
  const head = linear(config.tiedEmbeddings ? "model.embed_tokens" : "lm_head");
  const embeddings = config.tiedEmbeddings ? head.weight : linear("model.embed_tokens").weight;
  const ranks = adapters.flatMap(({ weights: parts }) => [...parts.values()].map(({ shape }) => Math.min(...shape)));
  const scratch = padToPanel(Math.max((heads / keyValueHeads) * padToPanel(contextLength), headSize, ...ranks)) + 16;
  const table = (rows: number, width: number): number => layout.room(rows * padToPanel(width));
  const share = (width: number): number => Math.ceil(padToPanel(width) / PANEL / threads) * PANEL;
  const attentionWidth = share(heads * headSize) + 2 * share(keyValueHeads * headSize);
  const layerWidth = Math.max(attentionWidth, 2 * share(feedForwardSize), share(hiddenSize));
  const products = Math.max((ROWS + SPARE_ROWS) * layerWidth, (maxWanted + SPARE_ROWS) * share(vocabularySize));
  return {
    threads,
    channels: hiddenSize,
    vocabularySize,
    heads,
    keyValueHeads,
    headSize,
    normEpsilon: config.normEpsilon,
    layers,
    adapters: adapters.map(packAdapter),
    finalNorm: vectorOfNorm("model.norm"),
    head,
    embeddings,
    embeddingScale: Math.fround(config.embeddingScale ?? 1),
    isGelu: config.activation === "gelu",
    control,
    rowTable,
    maxRows: ROWS,
    maxWanted,
    scratch,
    products,
    zeros,
    buffers: {
      residual: table(ROWS, hiddenSize),
      normed: table(ROWS, hiddenSize),
      queries: table(ROWS, heads * headSize),
      rotated: table(ROWS, heads * headSize),
      keys: table(ROWS, keyValueHeads * headSize),
      values: table(ROWS, keyValueHeads * headSize),
      mixed: table(ROWS, heads * headSize),
      gate: table(ROWS, feedForwardSize),
      up: table(ROWS, feedForwardSize),
      logits: table(maxWanted, vocabularySize),
      probabilities: table(maxWanted, vocabularySize),
      statistics: layout.room(2 * maxWanted),
      scratch: layout.room(threads * scratch),
      products: layout.room(threads * products),
    },
  };
}
