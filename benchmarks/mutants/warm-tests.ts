import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Asked, TestResult } from "./messages.ts";

/** A warm Vitest over a tree, started when first needed, and anew after a file that did not end. */
export class WarmTests {
  readonly #root: string;
  #child: ChildProcess | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** The result of a test file, or "timeout": then all its processes are gone. */
  async run(asked: Asked, timeoutMs: number): Promise<TestResult | "timeout"> {
    const child = await this.#start();
    const answer = new AbortController();
    const late = delay(timeoutMs, "timeout" as const, { signal: answer.signal });
    late.catch(() => {});
    const exit = once(child, "exit", { signal: answer.signal }).then(() => {
      throw new Error(`Vitest ended by itself while it ran ${asked.test}`);
    });
    exit.catch(() => {});
    const result = once(child, "message", { signal: answer.signal }).then(([message]) => message as TestResult);
    result.catch(() => {});
    child.send(asked);
    try {
      const first = await Promise.race([result, late, exit]);
      if (first === "timeout") this.stop();
      return first;
    } finally {
      answer.abort();
    }
  }

  stop(): void {
    const pid = this.#child?.pid;
    this.#child = undefined;
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  }

  async #start(): Promise<ChildProcess> {
    if (this.#child !== undefined) return this.#child;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
    const child = fork(new URL("./executor.ts", import.meta.url), [this.#root], {
      detached: true,
      cwd: this.#root,
      env,
    });
    this.#child = child;
    await once(child, "message");
    return child;
  }
}
