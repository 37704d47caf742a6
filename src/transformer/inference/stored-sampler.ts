import { type DeviceName, type TensorStore, WorkerThread, workerEntry } from "../../tensor/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { adaptedModules, type LoraAdapter } from "../checkpoint/lora.ts";
import type { Weights } from "../checkpoint/weights.ts";
import { checkSampling, type GenerateRequest, generateInWorker, type SampleOptions } from "./generating.ts";
import type { GeneratedSequence } from "./generation.ts";
import type { OpenCall } from "./inference-handlers.ts";

/** A thread for one model: a training session, scorers and a sampler in it can share a store. */
export const modelWorker = (): WorkerThread => new WorkerThread(workerEntry("inference-worker", import.meta.url));

export interface StoredModel {
  readonly config: TransformerConfig;
  readonly tokenizer: Tokenizer;
  /** Says which parameters stand in the store, under their names, and their shapes; the data are not read. */
  readonly weights: Weights;
  /** On top of them, unmerged; in the store under its tensors' names. */
  readonly adapter?: LoraAdapter | undefined;
  /** Threads inside an operator; default PRECEPT_THREADS, else 2. */
  readonly threads?: number | undefined;
  /** Default cpu. */
  readonly device?: DeviceName | undefined;
}

/** Samples from parameters in a store, e.g. a training session's, and sees them change: trainer and sampler hold one model. */
export class StoredSampler {
  readonly #worker: WorkerThread;
  readonly #model: StoredModel;

  private constructor(worker: WorkerThread, model: StoredModel) {
    this.#worker = worker;
    this.#model = model;
  }

  /** One sampler per thread; the store must be in a `modelWorker`. It ends with its thread. */
  static async over(store: TensorStore, model: StoredModel): Promise<StoredSampler> {
    const { config, adapter, threads, device } = model;
    const weights = new Map(
      [...model.weights, ...(adapter?.weights ?? [])].map(([name, { shape }]) => [name, { shape }]),
    );
    const modules = adapter && adaptedModules(adapter, model.weights, "Preparing a sampler");
    await store.worker.call("open", {
      config,
      weights,
      threads,
      device,
      store: store.id,
      adapter: adapter && modules && { config: adapter.config, modules },
    } satisfies OpenCall);
    return new StoredSampler(store.worker, model);
  }

  /** Continues every prompt; as `Transformer.generate`. */
  generate(
    requests: readonly GenerateRequest[],
    options: SampleOptions,
  ): AsyncGenerator<GeneratedSequence, void, undefined> {
    const sampling = checkSampling(this.#model, requests, options);
    return generateInWorker(this.#worker, requests, sampling, options.signal);
  }
}
