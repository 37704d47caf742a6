import { type Peer, startProcess, WorkerThread, workerEntry } from "../../tensor/index.ts";
import type { StorePlace } from "../store/index.ts";
import type { Result } from "./result.ts";

/** A result, and the hash of the last line of the log that it was computed from. */
export type HeadedResult = Result & { readonly head: string };

/** Times as long as a result takes, nothing is computed: votes come first on a machine of few cores. */
const restFactor = 3;
const shortestRest = 500;

/**
 * Computes results from the log alone, one at a time, in a process of its own that begins with the first that is wanted: on Linux a
 * priority is a thread's, and threads that collect garbage for one part of a process do so for all, at the priority of votes.
 */
export class Analyst {
  readonly #place: StorePlace;
  readonly #start: (entry: URL) => Peer;
  #worker: WorkerThread | undefined;
  #opened: Promise<void> | undefined;
  readonly #publish: (result: HeadedResult) => Promise<void>;
  readonly #fail: (error: unknown) => void;
  #wanted: number | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #isClosed = false;
  #rest = Promise.withResolvers<void>();

  constructor(
    place: StorePlace,
    publish: (result: HeadedResult) => Promise<void>,
    fail: (error: unknown) => void,
    start: (entry: URL) => Peer = startProcess,
  ) {
    this.#place = place;
    this.#start = start;
    this.#publish = publish;
    this.#fail = fail;
  }

  /** In a new process where the last one was lost. */
  async compute(upTo: number): Promise<HeadedResult> {
    if (this.#worker?.hasEnded === true && !this.#isClosed) {
      this.#worker = undefined;
      this.#opened = undefined;
    }
    this.#worker ??= new WorkerThread(workerEntry("analyst-worker", import.meta.url), this.#start);
    this.#opened ??= this.#worker.call("open", this.#place);
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
    return this.#worker.call("compute", { upTo });
  }

  /** Asks for the result up to a line; of what is asked for meanwhile, only the last is computed. */
  want(upTo: number): void {
    this.#wanted = upTo;
    if (!this.#isWorking) this.#working = this.#work();
  }

  /** At once: a result that is under way is computed again from the log. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rest.resolve();
    await this.#worker?.terminate();
    await this.#working;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#wanted !== undefined && !this.#isClosed) {
      const upTo = this.#wanted;
      this.#wanted = undefined;
      const startedAt = performance.now();
      try {
        const result = await this.compute(upTo);
        if (!this.#isClosed) await this.#publish(result);
      } catch (error) {
        if (!this.#isClosed) this.#fail(error);
      }
      await this.#pause(Math.max(shortestRest, restFactor * (performance.now() - startedAt)));
    }
    this.#isWorking = false;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed) return;
    this.#rest = Promise.withResolvers();
    const timer = setTimeout(this.#rest.resolve, ms);
    await this.#rest.promise;
    clearTimeout(timer);
  }
}
