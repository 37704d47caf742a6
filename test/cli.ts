import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("../bin/precept.js", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly pid: number;
  readonly finished: Promise<Finished>;
  /** Resolves when stderr has shown this text, or when the program has ended. */
  shows(text: string): Promise<void>;
  /** The same of stdout. */
  prints(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Starts the real CLI in a process of its own. */
export function start(args: readonly string[], { cwd, env, input }: CliOptions = {}): Started {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, CI: "true", ...env },
    cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(input ?? "");
  const closed = once(child, "close");
  const finished = closed.then(([code, signal]): Finished => ({ code, signal, stdout, stderr }));
  const waitFor = async (stream: NodeJS.EventEmitter, isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      const more = await Promise.race([once(stream, "data").then(() => true), closed.then(() => false)]);
      if (!more) return;
    }
  };
  return {
    pid: child.pid ?? 0,
    finished,
    shows: (text) => waitFor(child.stderr, () => stderr.includes(text)),
    prints: (text) => waitFor(child.stdout, () => stdout.includes(text)),
    kill: (signal) => void child.kill(signal),
  };
}

/** Runs the real CLI to its end. */
export function precept(args: readonly string[], options?: CliOptions): Promise<Finished> {
  return start(args, options).finished;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
