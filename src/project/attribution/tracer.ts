import { Interruption } from "../../errors.ts";
import { WorkerThread, workerEntry } from "../../tensor/index.ts";

/** A question to a checkpoint's training examples. */
export interface TracedRequest {
  readonly place: string;
  readonly prompt: string;
  /** Default: what the checkpoint answers. */
  readonly answer: string | undefined;
}

/** Milliseconds without a question after which model and index are let go. */
const REST = 180_000;

/** Traces answers in a thread of its own, one after another, which keeps model and index as long as it is asked. */
export class Tracer {
  #thread: WorkerThread | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #resting: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** The name under which the run keeps what was found. @throws PreceptError as `attributeAnswer`. */
  trace(request: TracedRequest): Promise<string | undefined> {
    const asked = this.#last.then(() => this.#ask(request));
    this.#last = asked.catch(() => undefined);
    return asked;
  }

  /** At once: a question that is under way is left unanswered. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    clearTimeout(this.#resting);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }

  async #ask(request: TracedRequest): Promise<string | undefined> {
    clearTimeout(this.#resting);
    throwIfClosed(this.#isClosed);
    this.#thread ??= new WorkerThread(workerEntry("tracer-worker", import.meta.url));
    try {
      return await this.#thread.call<string | undefined>("trace", request);
    } finally {
      if (!this.#isClosed) {
        this.#resting = setTimeout(() => void this.#letGo(), REST);
        this.#resting.unref();
      }
    }
  }
}

function throwIfClosed(isClosed: boolean): void {
  if (isClosed) throw new Interruption("Tracing an answer", "the viewer was closed", "ask again once it is open");
}
