import type { SharedMemory } from "../../tensor/wasm/index.ts";
import { CONTROL, type DecodePlan } from "./plan.ts";

/** Thrown in the threads that a failed one leaves behind. */
export class Deserted extends Error {}

/** Turns of waiting before a thread goes to sleep: a millisecond or two, for a core that has slept is slow to come back. */
const SPINS = 1_000_000;

/** One of the threads that do every step together over the same memory, and wait for one another between its parts. */
export class Teammate {
  readonly thread: number;
  readonly #threads: number;
  readonly #control: Int32Array;

  constructor({ threads, control }: DecodePlan, memory: SharedMemory, thread: number) {
    this.thread = thread;
    this.#threads = threads;
    this.#control = new Int32Array(memory.buffer, control, CONTROL.words);
  }

  /** Rows of the step that is being done. */
  get rows(): number {
    return Atomics.load(this.#control, CONTROL.rows);
  }

  /** Does its part of every step, for ever; what a helping thread does. */
  async serve(step: () => Promise<void>): Promise<never> {
    let done = 0;
    while (true) {
      for (let n = 0; n < SPINS && Atomics.load(this.#control, CONTROL.job) === done; n++);
      while (Atomics.load(this.#control, CONTROL.job) === done) Atomics.wait(this.#control, CONTROL.job, done);
      done++;
      await this.#take(step);
    }
  }

  /** Tells the helping threads to begin a step, and does this thread's part. */
  async lead(step: () => Promise<void>): Promise<void> {
    if (this.#threads > 1) {
      Atomics.add(this.#control, CONTROL.job, 1);
      Atomics.notify(this.#control, CONTROL.job);
    }
    await this.#take(step);
  }

  /** Nobody waits any more: a thread has failed. */
  end(): void {
    Atomics.store(this.#control, CONTROL.failed, 1);
    Atomics.add(this.#control, CONTROL.phase, 1);
    Atomics.notify(this.#control, CONTROL.phase);
  }

  /** An equal share of `count` things: [first, end). */
  share(count: number): readonly [number, number] {
    const threads = this.#threads;
    return [Math.floor((count * this.thread) / threads), Math.floor((count * (this.thread + 1)) / threads)];
  }

  /** Until all threads are here. @throws Deserted when one of them has failed. */
  wait(): void {
    this.#meet();
    if (Atomics.load(this.#control, CONTROL.failed) === 1) throw new Deserted("Another thread of the batch has failed");
  }

  async #take(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.end();
      throw error;
    }
  }

  #meet(): void {
    if (this.#threads === 1) return;
    const control = this.#control;
    const phase = Atomics.load(control, CONTROL.phase);
    if (Atomics.load(control, CONTROL.failed) === 1) return;
    if (Atomics.add(control, CONTROL.arrived, 1) === this.#threads - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.phase, 1);
      Atomics.notify(control, CONTROL.phase);
      return;
    }
    for (let n = 0; n < SPINS; n++) if (Atomics.load(control, CONTROL.phase) !== phase) return;
    while (Atomics.load(control, CONTROL.phase) === phase) Atomics.wait(control, CONTROL.phase, phase);
  }
}
