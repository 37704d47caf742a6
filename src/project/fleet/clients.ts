import type { PreceptError } from "../../errors.ts";
import type { Budget } from "../../spending/index.ts";

/** How a client ended. */
export type ClientEnd =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: PreceptError }
  /** By a signal, or with a code and without a word. */
  | { readonly kind: "killed"; readonly how: string };

/** A client in a process of its own, as whoever merges sees it. */
export interface ClientProcess {
  /** Asks it to end at the next safe place. */
  stop(): void;
  /** Says that what others make will not come: it makes its own, then ends in place of waiting. */
  leaveAlone(): void;
  /** Ends it where it does not listen; its batches are whole or not there. */
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  readonly ended: Promise<ClientEnd>;
}

/** Starts client `client` of `of`, which may spend no more than its budget and says what people should read by `onMessage`. */
export type StartClient = (
  job: { readonly client: number; readonly of: number; readonly budget: Budget },
  onMessage: (text: string) => void,
) => ClientProcess;
