import type { CheckSession, Finding } from "./check.ts";

/** A session that may throw, or take too long: it tells once why, and finds nothing and holds nothing back from then on. */
export class FailingSession implements CheckSession {
  readonly #session: CheckSession;
  readonly #onFailure: (error: unknown) => void;
  readonly #leftMs: () => number;
  #hasFailed = false;

  constructor(session: CheckSession, onFailure: (error: unknown) => void, leftMs = () => Number.POSITIVE_INFINITY) {
    this.#session = session;
    this.#onFailure = onFailure;
    this.#leftMs = leftMs;
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
      return await finishWithin(work, this.#leftMs());
    } catch (error) {
      this.#hasFailed = true;
      this.#onFailure(error);
      return [];
    }
  }
}

/** Thrown where a check took longer than it may. */
export class TooLate extends Error {}

async function finishWithin<T>(work: () => T | Promise<T>, ms: number): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return work();
  if (ms <= 0) throw new TooLate("the checks of this text took all of limits.addedMs");
  const working = Promise.resolve(work());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate("a check took longer than limits.addedMs leaves it")), ms);
  });
  try {
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
    working.catch(() => undefined);
  }
}
