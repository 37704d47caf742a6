import type { CommandContext, StricliProcess } from "@stricli/core";
import { type Progress, silentProgress, terminalProgress } from "../progress/index.ts";

/** A stream as commands see it. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  on?(event: "resize", listener: () => void): unknown;
  off?(event: "resize", listener: () => void): unknown;
}

/** What every command runs in. Results go to stdout, everything else to stderr. */
export interface CliContext extends CommandContext {
  readonly process: StricliProcess & {
    readonly stdout: Output;
    readonly stderr: Output;
  };
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command as typed, without the program. */
  readonly command: string;
  /** Fires on Ctrl-C: stop cleanly, leave the run resumable. */
  readonly signal: AbortSignal;
  /** What is to be said on Ctrl-C in place of the promise to stop at the next safe place. */
  readonly sayOnStop?: ((text: string) => void) | undefined;
}

/** Prints a result. */
export function print(context: CliContext, text: string): void {
  context.process.stdout.write(`${text}\n`);
}

/** Prints the one JSON object of --json. */
export function printJson(context: CliContext, value: unknown): void {
  context.process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** The progress of a command: nothing under --json, so that a machine reads nothing else. */
export function progressOf(context: CliContext, isJson: boolean): Progress {
  return isJson ? silentProgress : terminalProgress({ stream: context.process.stderr, env: context.env });
}
