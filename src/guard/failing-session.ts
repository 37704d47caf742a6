import type { CheckSession, Finding } from "./check.ts";

/** A session that may throw: it tells once why, and finds nothing and holds nothing back from then on. */
export class FailingSession implements CheckSession {
  readonly #session: CheckSession;
  readonly #onFailure: (error: unknown) => void;
  #hasFailed = false;

  constructor(session: CheckSession, onFailure: (error: unknown) => void) {
    this.#session = session;
    this.#onFailure = onFailure;
  }

  get settled(): number {
    return this.#hasFailed ? Number.POSITIVE_INFINITY : this.#session.settled;
  }

  push(text: string): Promise<readonly Finding[]> {
    return this.#try(() => this.#session.push(text));
  }

  end(): Promise<readonly Finding[]> {
    return this.#try(() => this.#session.end());
  }

  async #try(work: () => readonly Finding[] | Promise<readonly Finding[]>): Promise<readonly Finding[]> {
    if (this.#hasFailed) return [];
    try {
      return await work();
    } catch (error) {
      this.#hasFailed = true;
      this.#onFailure(error);
      return [];
    }
  }
}
