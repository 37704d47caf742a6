import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { LinearShape } from "./models.ts";

/** What a contender can be told, one JSON object a line; it answers each with one line. */
export type Command =
  | { readonly command: "load"; readonly folder: string; readonly threads: number; readonly [option: string]: unknown }
  | { readonly command: "steps"; readonly count: number }
  | { readonly command: "gemm"; readonly repeats: number }
  | {
      readonly command: "products";
      readonly shapes: readonly LinearShape[];
      readonly threads: number;
      readonly repeats: number;
    }
  | { readonly command: "generate"; readonly batch: number; readonly prompt: number; readonly tokens: number }
  | { readonly command: "greedy"; readonly prompt: number; readonly tokens: number };

export interface Loaded {
  readonly seconds: number;
}
export interface Steps {
  readonly milliseconds: readonly number[];
  /** Processor time of all threads, which other work on the machine does not lengthen much; milliseconds. */
  readonly processor: readonly number[];
  readonly losses: readonly number[];
}
export interface Generated {
  readonly seconds: number;
  readonly tokens: number;
}

/** One peer in a process of its own, so that its memory is its own and it can be made to wait. */
export class Contender {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #base = 0;

  constructor(name: string, file: string, argv: readonly string[], threads: number) {
    this.name = name;
    const counts = Object.fromEntries(
      ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "PRECEPT_THREADS"].map((key) => [key, `${threads}`]),
    );
    this.#child = spawn(file, argv, { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, ...counts } });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async ask<T>(command: Command): Promise<T> {
    if (command.command === "load") this.#base = this.#memory("VmRSS");
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.name} ended before it answered ${command.command}`);
      // Libraries print on standard output too.
      if (!value.startsWith('{"answer":')) continue;
      return (JSON.parse(value) as { answer: T }).answer;
    }
  }

  /** The first line, written when all imports are done. */
  async ready(): Promise<this> {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done === true) throw new Error(`${this.name} did not start`);
      if (value === '{"answer":"ready"}') return this;
    }
  }

  /** Highest resident memory above that of the process without a model; bytes. */
  peakMemory(): number {
    return this.#memory("VmHWM") - this.#base;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  #memory(field: "VmHWM" | "VmRSS"): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1024;
  }
}

export const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? Number.NaN;

/** Lets the idle threads of the one before fall asleep. */
export const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 150));
