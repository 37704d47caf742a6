import type { CallContext, Handlers } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import type { LoraAdapter } from "../checkpoint/lora.ts";
import type { Weights } from "../checkpoint/weights.ts";
import type { SiteEdit } from "../inference/edits.ts";
import { Decoder } from "./decoder.ts";
import { type Occupancy, Scheduler, type SequenceCall, type SequenceUpdate } from "./scheduler.ts";

export interface OpenBatchCall {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly threads: number;
  readonly adapters: readonly LoraAdapter[];
  readonly edits?: readonly SiteEdit[] | undefined;
  readonly cacheBytes?: number | undefined;
}

/** The events of an `openBatch` call: what one step made, of every sequence that reports. */
export type BatchEvent = readonly SequenceUpdate[];

/** Steps go on for this long before the worker looks for messages; milliseconds. */
const TURN = 2;

/** The running batch in its worker thread: `open` lasts as long as the batch, sequences are added and cancelled meanwhile. */
export function decodeHandlers(): Handlers {
  let scheduler: Scheduler | undefined;
  let isRunning = false;
  let fail: (error: unknown) => void = () => undefined;
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (true) {
        const start = performance.now();
        let isBusy = true;
        while (isBusy && performance.now() - start < TURN) isBusy = (await scheduler?.step()) ?? false;
        if (!isBusy) break;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      fail(error);
    } finally {
      isRunning = false;
    }
  };
  return {
    open({ config, weights, ...options }: OpenBatchCall, context: CallContext): Promise<void> {
      const decoder = new Decoder(config, weights, options);
      scheduler = new Scheduler(decoder, (updates) => context.emit(updates));
      context.emit([]);
      return new Promise((_, reject) => {
        fail = reject;
      });
    },
    add(call: SequenceCall): void {
      scheduler?.add(call);
      void run();
    },
    cancel({ key }: { readonly key: number }): void {
      scheduler?.cancel(key);
    },
    occupancy: (): Occupancy => scheduler?.occupancy ?? { running: 0, waiting: 0 },
  };
}
