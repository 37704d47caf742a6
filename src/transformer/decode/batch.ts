import { availableParallelism, loadavg } from "node:os";
import { Interruption, PreceptError, throwIfInterrupted } from "../../errors.ts";
import { defaultThreads, WorkerThread, workerEntry } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import type { LoraAdapter } from "../checkpoint/lora.ts";
import { ownBuffers, type Weights } from "../checkpoint/weights.ts";
import type { SiteEdit } from "../inference/edits.ts";
import type { BatchEvent, OpenBatchCall } from "./decode-handlers.ts";
import type { Occupancy, SequenceCall, SequenceUpdate } from "./scheduler.ts";

export interface BatchOptions {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly adapters?: readonly LoraAdapter[];
  /** Done to every token of every sequence. */
  readonly edits?: readonly SiteEdit[] | undefined;
  /** Default: PRECEPT_THREADS, else 2 where the machine is quiet. */
  readonly threads?: number | undefined;
  /** For the keys and values of all sequences together; default 1 GiB. */
  readonly cacheBytes?: number | undefined;
  /** Moves the weights to the worker instead of copying them: nobody else may use them. */
  readonly isOwner?: boolean;
}

interface Listener {
  readonly take: (update: SequenceUpdate) => void;
  readonly fail: (error: unknown) => void;
}

/** The running batch, seen from the caller's thread: sequences come in at any time, and each is told of its own tokens. */
export class RunningBatch {
  readonly config: TransformerConfig;
  readonly #worker = new WorkerThread(workerEntry("batch-worker", import.meta.url));
  readonly #listeners = new Map<number, Listener>();
  #failure: { readonly error: unknown } | undefined;
  #next = 0;

  private constructor(config: TransformerConfig) {
    this.config = config;
  }

  /** @throws PreceptError input-invalid for a shape that the kernels do not take. */
  static async create(options: BatchOptions): Promise<RunningBatch> {
    const { config, weights, threads = usefulThreads(), adapters = [], edits, cacheBytes, isOwner = false } = options;
    const batch = new RunningBatch(config);
    const call: OpenBatchCall = {
      config,
      weights,
      threads,
      adapters,
      edits,
      cacheBytes,
    };
    await new Promise<void>((resolve, reject) => {
      const onEvent = (event: unknown): void => {
        resolve();
        for (const update of event as BatchEvent) batch.#listeners.get(update.key)?.take(update);
      };
      const transfer = isOwner ? ownBuffers(weights) : [];
      batch.#worker.call("open", call, { onEvent, transfer }).catch((error: unknown) => {
        reject(error);
        batch.#failure = { error };
        for (const listener of batch.#listeners.values()) listener.fail(error);
      });
    });
    return batch;
  }

  /** Runs one sequence. Leaving the loop, or the signal, takes it out of the batch. @throws PreceptError interrupted, context-overflow, not-finite. */
  async *sequence(
    call: Omit<SequenceCall, "key">,
    signal?: AbortSignal,
  ): AsyncGenerator<SequenceUpdate, void, undefined> {
    const key = this.#next++;
    const arrived: SequenceUpdate[] = [];
    let wake = (): void => undefined;
    let failure = this.#failure;
    const fail = (error: unknown): void => {
      failure ??= { error };
      wake();
    };
    const take = (update: SequenceUpdate): void => {
      arrived.push(update);
      wake();
    };
    const abort = (): void => fail(new Interruption("Running the model"));
    this.#listeners.set(key, { take, fail });
    signal?.addEventListener("abort", abort, { once: true });
    let isDone = false;
    try {
      throwIfInterrupted(signal, "Running the model");
      await this.#worker.call("add", { ...call, key } satisfies SequenceCall);
      while (!isDone) {
        if (failure !== undefined) throw failure.error;
        const update = arrived.shift();
        if (update === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (arrived.length > 0 || failure !== undefined) resolve();
          });
          continue;
        }
        isDone = update.finishReason !== undefined || update.failure !== undefined;
        if (update.failure !== undefined) throw new PreceptError("not-finite", update.failure);
        yield update;
      }
    } finally {
      this.#listeners.delete(key);
      signal?.removeEventListener("abort", abort);
      if (!isDone) void this.#worker.call("cancel", { key }).catch(() => undefined);
    }
  }

  occupancy(): Promise<Occupancy> {
    return this.#worker.call("occupancy", undefined);
  }

  /** Ends the worker; sequences that are still running are rejected. */
  close(): Promise<void> {
    return this.#worker.terminate();
  }
}

/** Threads wait for one another many times per step, which only helps where each has a core to itself. */
function usefulThreads(): number {
  const [load = 0] = loadavg();
  const asked = Number.parseInt(process.env["PRECEPT_THREADS"] ?? "", 10);
  return asked > 0 || load <= availableParallelism() ? defaultThreads() : 1;
}
