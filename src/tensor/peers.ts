import { fork } from "node:child_process";
import { readdirSync } from "node:fs";
import { setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import { parentPort, type Transferable, Worker } from "node:worker_threads";

/** Whoever answers calls, as its caller sees it: a thread or a process. */
export interface Peer {
  on(event: "message" | "error" | "exit", hear: (value: unknown) => void): unknown;
  /** A process has a copy of what is transferred. */
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  ref(): void;
  unref(): void;
  terminate(): Promise<unknown>;
}

/** The caller, as whoever answers sees it. */
export interface Port {
  hear(listen: (message: unknown) => void): void;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
}

/** In a thread that `startThread` began, or a process that `startProcess` did: whoever began it. */
export function callerPort(): Port | null {
  if (parentPort === null) return processPort();
  const port = parentPort;
  return {
    hear: (listen) => void port.on("message", listen),
    postMessage: (message, transfer = []) => port.postMessage(message, transfer),
  };
}

export function startThread(entry: URL): Peer {
  // Flags of the parent, such as --input-type, need not suit a worker.
  return new Worker(entry, { execArgv: [] });
}

/** In a process of its own, with memory and threads of its own; it ends with this one, however that ends. */
export function startProcess(entry: URL): Peer {
  const child = fork(fileURLToPath(entry), [], {
    execArgv: [],
    serialization: "advanced",
    // What a person presses in this terminal is for the parent, which ends it.
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  return {
    on: (event, hear) => child.on(event, hear),
    postMessage: (message) => {
      if (child.connected) child.send(message as object);
    },
    ref() {
      child.ref();
      child.channel?.ref();
    },
    unref() {
      child.unref();
      child.channel?.unref();
    },
    async terminate() {
      // The program waits for its end, whether or not anything else keeps it going.
      child.ref();
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** It ends where the parent does. */
function processPort(): Port | null {
  if (process.send === undefined) return null;
  process.once("disconnect", () => process.exit());
  return {
    hear: (listen) => void process.on("message", listen),
    // What cannot be sent has nobody to read it: the parent was killed while this process computed.
    postMessage: (message) => void process.send?.(message, (error: Error | null) => error && process.exit()),
  };
}

/**
 * Whoever waits comes first on a machine of few cores. On Linux a priority is a thread's own: with "process" all threads step back,
 * those of the engine too, else the calling one. Elsewhere a process has one priority, so that a thread keeps its own.
 */
export function stepBack(whose: "thread" | "process", priority = 10): void {
  const isLinux = process.platform === "linux";
  if (whose === "thread" && !isLinux) return;
  const threads = whose === "process" && isLinux ? readdirSync("/proc/self/task").map(Number) : [0];
  for (const thread of threads) {
    try {
      setPriority(thread, priority);
    } catch {
      // A thread that ended meanwhile, or a system that lets nobody choose: results are computed all the same.
    }
  }
}
