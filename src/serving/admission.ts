import { ApiError } from "./protocol.ts";

/** Counts the sequences that are being answered or wait, and turns away what would be too many. */
export class Admission {
  readonly limit: number;
  #inFlight = 0;
  #isClosed = false;
  #onEmpty = (): void => undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes `count` places, to be given back by the returned function. @throws ApiError 400, 429 or 503. */
  enter(count: number): () => void {
    if (this.#isClosed)
      throw new ApiError(503, "the server is shutting down", {
        code: "shutting_down",
        headers: { "retry-after": "5" },
      });
    if (count > this.limit)
      throw new ApiError(400, `${count} sequences in one request; this server takes at most ${this.limit}`);
    if (this.#inFlight + count > this.limit) {
      throw new ApiError(429, `${this.#inFlight} sequences are being answered or wait; the queue is full`, {
        code: "queue_full",
        headers: { "retry-after": "1" },
      });
    }
    this.#inFlight += count;
    let isGone = false;
    return () => {
      if (isGone) return;
      isGone = true;
      this.#inFlight -= count;
      if (this.#inFlight === 0) this.#onEmpty();
    };
  }

  /** Lets nobody in any more; resolves when the last has left. */
  close(): Promise<void> {
    this.#isClosed = true;
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      if (this.#inFlight === 0) resolve();
    });
  }
}
