import type { DeviceName, WorkerThread } from "../tensor/index.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import { checkWeights } from "./checkpoint/check-weights.ts";
import { type Checkpoint, loadCheckpoint, type SaveOptions, saveCheckpoint } from "./checkpoint/checkpoint.ts";
import type { TransformerConfig } from "./checkpoint/config.ts";
import { isLarge, ownBuffers, SCALAR_HEAD, type Weights } from "./checkpoint/weights.ts";
import { RunningBatch, whyUnsupported } from "./decode/index.ts";
import type { Site } from "./graph/sites.ts";
import { checkWritten, type WrittenSite } from "./inference/activations.ts";
import { type CallOptions, callOptions, headless } from "./inference/calls.ts";
import { checkEdits, checkSite, type SiteEdit } from "./inference/edits.ts";
import {
  checkSampling,
  checkTokens,
  checkVocabulary,
  type GenerateRequest,
  generateInWorker,
  invalidInput,
  type SampleOptions,
} from "./inference/generating.ts";
import type { GeneratedSequence, SamplingOptions } from "./inference/generation.ts";
import type {
  GrowingHeadsCall,
  HeadsCall,
  LoadCall,
  NextTokensCall,
  ReadSitesCall,
  ScalarsCall,
  ScoreCall,
  WriteSiteCall,
} from "./inference/inference-handlers.ts";
import { packTokens } from "./inference/packing.ts";
import { modelWorker } from "./inference/stored-sampler.ts";

export interface TransformerOptions extends Checkpoint {
  /** Threads inside an operator; default PRECEPT_THREADS, else 2. */
  readonly threads?: number | undefined;
  /** Default cpu. */
  readonly device?: DeviceName | undefined;
}

export interface GenerateOptions extends SampleOptions {
  /** What computes; default "graph". The numbers differ by rounding, so a run that must repeat its bytes keeps to one. */
  readonly engine?: Engine;
}

/**
 * "graph": batches through the tensor runtime, on any device. "kernels": our own code, which leaves products of many rows
 * to the runtime: faster, on the processor. "auto": the kernels wherever they can take the model.
 */
export type Engine = "graph" | "kernels" | "auto";

/** A prompt and whole options that may follow it, each at least one token. */
export interface OptionQuestion {
  readonly tokens: readonly number[];
  readonly options: readonly (readonly number[])[];
}

/** The scalar heads of a sequence as it grows. */
export interface GrowingHeads {
  /** After every token t ≥ `from`: (wanted tokens, heads). @throws PreceptError as `Transformer.heads`. */
  read(tokens: readonly number[], from: number): Promise<Float32Array>;
  /** Gives back what was kept. */
  drop(): Promise<void>;
}

/** A decoder ready to sample and score, computing in its own worker thread. Which sequences share a batch depends on the list given, and on nothing else. */
export class Transformer {
  readonly config: TransformerConfig;
  readonly tokenizer: Tokenizer;
  readonly #worker: WorkerThread;
  readonly #threads: number | undefined;
  readonly #device: DeviceName;
  /** Undefined once they were moved to the worker. */
  #weights: Weights | undefined;
  #batch: Promise<RunningBatch> | undefined;
  #nextKey = 0;

  private constructor({ config, tokenizer, weights, threads, device = "cpu" }: TransformerOptions) {
    this.config = config;
    this.tokenizer = tokenizer;
    this.#weights = weights;
    this.#threads = threads;
    this.#device = device;
    this.#worker = modelWorker();
  }

  /** @throws PreceptError when weights and configuration do not fit. */
  static async create(options: TransformerOptions): Promise<Transformer> {
    return Transformer.#open(options, false);
  }

  /**
   * From a Hugging Face folder or a GGUF file. Weights that only the graph can hold stand in memory once: they are no longer
   * read from here. @throws PreceptError checkpoint-missing or checkpoint-invalid.
   */
  static async load(
    folder: string,
    options: Pick<TransformerOptions, "threads" | "device"> = {},
  ): Promise<Transformer> {
    const checkpoint = await loadCheckpoint(folder);
    const { config, weights } = checkpoint;
    const isGraphs = isLarge(weights) && !weights.has(SCALAR_HEAD) && whyUnsupported(config, weights) !== undefined;
    return Transformer.#open({ ...checkpoint, ...options }, isGraphs);
  }

  static async #open(options: TransformerOptions, isMoved: boolean): Promise<Transformer> {
    const { config, weights, threads, device } = options;
    checkWeights(config, weights, "Creating a transformer");
    const transformer = new Transformer(options);
    const transfer = isMoved ? ownBuffers(weights) : [];
    await transformer.#worker.call("load", { config, weights, threads, device } satisfies LoadCall, { transfer });
    if (isMoved) transformer.#weights = undefined;
    return transformer;
  }

  save(folder: string, options: SaveOptions = {}): Promise<void> {
    return saveCheckpoint(folder, { config: this.config, weights: this.weights, tokenizer: this.tokenizer }, options);
  }

  /** @throws RangeError where `load` has moved them. */
  get weights(): Weights {
    if (this.#weights === undefined) throw new RangeError("the weights of this transformer stand in its worker alone");
    return this.#weights;
  }

  /** Takes other weights of the same configuration from the next call on. */
  async updateWeights(weights: Weights): Promise<void> {
    checkWeights(this.config, weights, "Updating the weights of a transformer");
    await this.#worker.call("updateWeights", weights);
    this.#weights = weights;
    await this.#closeBatch();
  }

  /**
   * Continues every prompt; results come batch by batch. The context's end counts as "length".
   * @throws PreceptError interrupted when the signal aborts, input-invalid, context-overflow, out-of-vocabulary, not-finite.
   */
  async *generate(
    requests: readonly GenerateRequest[],
    options: GenerateOptions,
  ): AsyncGenerator<GeneratedSequence, void, undefined> {
    const sampling = checkSampling(this, requests, options);
    const { signal } = options;
    const { engine = "graph" } = options;
    if (engine === "kernels" || (engine === "auto" && this.#suitsKernels())) {
      yield* this.#generateByKernels(requests, sampling, signal);
      return;
    }
    yield* generateInWorker(this.#worker, requests, sampling, signal);
  }

  #suitsKernels(): boolean {
    const weights = this.#weights;
    return this.#device === "cpu" && weights !== undefined && whyUnsupported(this.config, weights) === undefined;
  }

  async *#generateByKernels(
    requests: readonly GenerateRequest[],
    options: SamplingOptions,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<GeneratedSequence, void, undefined> {
    const { config } = this;
    const { edits, ...asked } = options;
    const create = (): Promise<RunningBatch> =>
      RunningBatch.create({ config, weights: this.weights, threads: this.#threads, edits });
    // Edits are a part of the batch; one that has any serves these requests alone.
    if (edits === undefined) this.#batch ??= create();
    const batch = await ((edits === undefined ? this.#batch : undefined) ?? create());
    const left = new AbortController();
    const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
    const running = requests.map(async ({ id, seed, tokens, begun }): Promise<GeneratedSequence> => {
      if (tokens.length === config.contextLength) return { id, tokens: [], logprobs: [], finishReason: "length" };
      const rest = { topLogprobs: 0, echo: false, adapter: 0, stream: false };
      const call = { id, seed, tokens: Int32Array.from(tokens), begun, ...asked, ...rest };
      for await (const { tokens: made, finishReason = "length" } of batch.sequence(call, either)) {
        return {
          id,
          tokens: made.map(({ token }) => token),
          logprobs: made.map(({ logprob }) => logprob),
          finishReason,
        };
      }
      throw new Error(`nothing was generated for ${id}`);
    });
    try {
      for (const one of running) one.catch(() => undefined);
      for (const one of running) yield await one;
    } finally {
      left.abort();
      if (edits !== undefined) await batch.close();
    }
  }

  async #closeBatch(): Promise<void> {
    const batch = this.#batch;
    this.#batch = undefined;
    await (await batch?.catch(() => undefined))?.close();
  }

  /** log P(token t | tokens before t) in natural logs; entry 0 is 0, and entries below `from` (default 1) are not computed but 0. */
  async logprobs(
    sequences: readonly (readonly number[])[],
    options: CallOptions & { readonly from?: readonly number[]; readonly edits?: readonly SiteEdit[] } = {},
  ): Promise<Float32Array[]> {
    for (const tokens of sequences) checkTokens(this.config, tokens, "Scoring a sequence");
    checkEdits(this.config, options.edits);
    const from = Int32Array.from(sequences, (_, index) => Math.max(1, options.from?.[index] ?? 1));
    const call: ScoreCall = { sequences: packTokens(sequences), from, edits: options.edits };
    const scores = await this.#worker.call<Float32Array[]>("score", call, callOptions(options, sequences.length));
    return sequences.map(({ length }, index) => {
      const whole = new Float32Array(length);
      whole.set(scores[index] as Float32Array, Math.min(from[index] as number, length));
      return whole;
    });
  }

  /**
   * What stands at sites after every token: of each site (all tokens, width), sequence after sequence.
   * @throws PreceptError input-invalid for a site that the model has not.
   */
  async activations(
    sequences: readonly (readonly number[])[],
    sites: readonly Site[],
    options: CallOptions = {},
  ): Promise<Float32Array[]> {
    for (const tokens of sequences) checkTokens(this.config, tokens, "Reading activations");
    for (const site of sites) checkSite(this.config, site, "Reading activations");
    const call: ReadSitesCall = { sequences: packTokens(sequences), sites };
    return this.#worker.call("readSites", call, callOptions(options, sequences.length));
  }

  /**
   * As `logprobs`, sequence after sequence in one array, with a site written to. Writing what `activations` reads changes no bit.
   * @throws PreceptError input-invalid for a site that the model has not; shape-mismatch.
   */
  async logprobsWith(
    sequences: readonly (readonly number[])[],
    written: WrittenSite,
    options: CallOptions = {},
  ): Promise<Float32Array> {
    for (const tokens of sequences) checkTokens(this.config, tokens, "Scoring with a site written to");
    checkSite(this.config, written.site, "Scoring with a site written to");
    checkWritten(this.config, sequences, written);
    const call: WriteSiteCall = { sequences: packTokens(sequences), written };
    return this.#worker.call("writeSite", call, callOptions(options, sequences.length));
  }

  /** log P(candidate | tokens) for candidate next tokens, over the whole vocabulary; natural logs. */
  nextLogprobs(
    questions: readonly { readonly tokens: readonly number[]; readonly candidates: readonly number[] }[],
    options: CallOptions = {},
  ): Promise<Float32Array[]> {
    for (const { tokens } of questions) checkTokens(this.config, tokens, "Asking for the next token");
    for (const { candidates } of questions) checkVocabulary(this.config, candidates, "Asking for the next token");
    const call: NextTokensCall = {
      prompts: packTokens(questions.map(({ tokens }) => tokens)),
      candidates: packTokens(questions.map(({ candidates }) => candidates)),
    };
    return this.#worker.call("nextTokens", call, callOptions(options, questions.length));
  }

  /** log P(option | prompt), the sum over the option's tokens; questions with one-token options need one pass. */
  async optionLogprobs(questions: readonly OptionQuestion[], options: CallOptions = {}): Promise<number[][]> {
    if (questions.some((question) => question.options.some((option) => option.length === 0))) {
      throw invalidInput("Scoring options", "an empty option", "at least one token per option");
    }
    const isSimple = (question: OptionQuestion): boolean => question.options.every((option) => option.length === 1);
    const simple = questions
      .filter(isSimple)
      .map((question) => ({ tokens: question.tokens, candidates: question.options.flat() }));
    const long = questions.filter((question) => !isSimple(question));
    const sequences = long.flatMap(({ tokens, options: texts }) => texts.map((text) => [...tokens, ...text]));
    const from = long.flatMap(({ tokens, options: texts }) => texts.map(() => tokens.length));
    const rows = simple.length + sequences.length;
    const shareAfter = (before: number, own: number) => (share: number) =>
      options.onShare?.((before + share * own) / rows);
    const { signal } = options;
    const early = { signal, onShare: shareAfter(0, simple.length) };
    const next = simple.length === 0 ? [] : await this.nextLogprobs(simple, early);
    const late = { signal, onShare: shareAfter(simple.length, sequences.length), from };
    const scored = sequences.length === 0 ? [] : await this.logprobs(sequences, late);
    const sums = scored.map((logprobs) => logprobs.reduce((sum, logprob) => sum + logprob, 0));
    let [simpleAt, longAt] = [0, 0];
    return questions.map((question) => {
      if (isSimple(question)) return Array.from(next[simpleAt++] ?? []);
      longAt += question.options.length;
      return sums.slice(longAt - question.options.length, longAt);
    });
  }

  /** Rows of `score.weight`; 0 without one. */
  get headCount(): number {
    return this.#weights?.get(SCALAR_HEAD)?.shape[0] ?? 0;
  }

  /** The scalar head after the last token of every sequence. @throws PreceptError checkpoint-invalid without one such head. */
  async scalars(sequences: readonly (readonly number[])[], options: CallOptions = {}): Promise<Float32Array> {
    if (this.headCount !== 1)
      throw headless("Scoring sequences with the scalar head", this.headCount, "a preference model");
    for (const tokens of sequences) checkTokens(this.config, tokens, "Scoring a sequence");
    return this.#worker.call(
      "scalars",
      { sequences: packTokens(sequences) } satisfies ScalarsCall,
      callOptions(options, sequences.length),
    );
  }

  /**
   * All scalar heads after every token t ≥ `from` (default 0) of every sequence: (its wanted tokens, heads) each.
   * @throws PreceptError checkpoint-invalid without heads.
   */
  async heads(
    sequences: readonly (readonly number[])[],
    options: CallOptions & { readonly from?: readonly number[] } = {},
  ): Promise<Float32Array[]> {
    if (this.headCount === 0)
      throw headless("Reading the heads of a model", 0, "a checkpoint of the stage guard-model");
    for (const tokens of sequences) checkTokens(this.config, tokens, "Reading the heads of a model");
    const from = Int32Array.from(sequences, (_, index) => options.from?.[index] ?? 0);
    const call: HeadsCall = { sequences: packTokens(sequences), from };
    return this.#worker.call("heads", call, callOptions(options, sequences.length));
  }

  /**
   * The heads of one sequence that grows. Each call has all of it, and reads only what no call before has read: keys and values are
   * kept, up to a bound over all such sequences. @throws PreceptError checkpoint-invalid without heads.
   */
  growingHeads(): GrowingHeads {
    if (this.headCount === 0)
      throw headless("Reading the heads of a model", 0, "a checkpoint of the stage guard-model");
    const key = this.#nextKey++;
    return {
      read: async (tokens, from) => {
        checkTokens(this.config, tokens, "Reading the heads of a model");
        const call: GrowingHeadsCall = { key, tokens: Int32Array.from(tokens), from };
        return this.#worker.call<Float32Array>("growingHeads", call);
      },
      drop: () => this.#worker.call("dropHeads", key),
    };
  }

  /** Ends the worker thread; calls still running are rejected. */
  async dispose(): Promise<void> {
    await Promise.all([this.#worker.terminate(), this.#closeBatch()]);
  }
}
