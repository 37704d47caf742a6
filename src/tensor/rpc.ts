import type { Transferable } from "node:worker_threads";
import { type ErrorCode, type ErrorDetails, PreceptError } from "../errors.ts";
import { callerPort, type Peer, type Port, startThread } from "./peers.ts";

/** What a handler may do besides returning: send events while it works, and see that the caller has given up. */
export interface CallContext {
  emit(event: unknown): void;
  readonly signal: AbortSignal;
}

/** Runs in the worker thread. Returning a `Transfer` moves its buffers instead of copying them. */
export type Handler = (argument: never, context: CallContext) => unknown;
export type Handlers = Readonly<Record<string, Handler>>;

export class Transfer {
  readonly value: unknown;
  readonly buffers: readonly Transferable[];

  constructor(value: unknown, buffers: readonly Transferable[]) {
    this.value = value;
    this.buffers = buffers;
  }
}

type Request = { readonly id: number } & (
  | { readonly method: string; readonly argument: unknown }
  | { readonly abort: true }
);

interface Failure {
  readonly message: string;
  readonly stack: string | undefined;
  readonly code: ErrorCode | undefined;
  readonly details: ErrorDetails | undefined;
}

type Reply = { readonly id: number } & (
  | { readonly kind: "event"; readonly value: unknown }
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly failure: Failure }
);

function describe(error: unknown): Failure {
  if (error instanceof PreceptError) {
    const { cause: _cause, ...details } = error.details;
    return { message: error.message, stack: error.stack, code: error.code, details };
  }
  const known = error instanceof Error ? error : new Error(String(error));
  return { message: known.message, stack: known.stack, code: undefined, details: undefined };
}

function revive({ message, stack, code, details }: Failure): Error {
  const error = code !== undefined && details !== undefined ? new PreceptError(code, details) : new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** In the entry file of a worker thread, or process: answers the calls of the `WorkerThread` that started it. */
export function serve(handlers: Handlers, port: Port | null = callerPort()): void {
  if (port === null) throw new Error("serve() belongs in a worker thread");
  const running = new Map<number, AbortController>();
  const answer = async (id: number, method: string, argument: unknown): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const send = (reply: Reply, buffers: readonly Transferable[] = []): void => port.postMessage(reply, buffers);
    try {
      const handler = handlers[method];
      if (handler === undefined) throw new Error(`The worker has no handler named ${method}`);
      const emit = (event: unknown): void => {
        if (event instanceof Transfer) send({ id, kind: "event", value: event.value }, event.buffers);
        else send({ id, kind: "event", value: event });
      };
      const value = await handler(argument as never, { emit, signal: controller.signal });
      if (value instanceof Transfer) send({ id, kind: "done", value: value.value }, value.buffers);
      else send({ id, kind: "done", value });
    } catch (error) {
      send({ id, kind: "failed", failure: describe(error) });
    } finally {
      running.delete(id);
    }
  };
  port.hear((message) => {
    const request = message as Request;
    if ("abort" in request) running.get(request.id)?.abort();
    else void answer(request.id, request.method, request.argument);
  });
}

export interface CallOptions {
  /** Buffers to move into the worker instead of copying them. */
  readonly transfer?: readonly Transferable[];
  readonly onEvent?: (event: unknown) => void;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onEvent: ((event: unknown) => void) | undefined;
}

/** A worker thread and the calls it is answering. It keeps the process alive only while a call is pending. */
export class WorkerThread {
  readonly #worker: Peer;
  readonly #pending = new Map<number, Pending>();
  #next = 0;
  #dead: Error | undefined;

  /**
   * @param entry the URL of a module that calls `serve`; see `workerEntry`
   * @param start where it runs: in a thread, or by `startProcess` in a process of its own
   */
  constructor(entry: URL, start: (entry: URL) => Peer = startThread) {
    this.#worker = start(entry);
    this.#worker.unref();
    this.#worker.on("message", (reply) => this.#receive(reply as Reply));
    this.#worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on("exit", (code) => this.#fail(new Error(`The worker ended with code ${String(code)}`)));
  }

  /** Whether it ended, and answers nothing more: every call is rejected. */
  get hasEnded(): boolean {
    return this.#dead !== undefined;
  }

  /** Runs a handler; rejects with the handler's own error. The caller knows the handler's result type. */
  call<T>(method: string, argument: unknown, options: CallOptions = {}): Promise<T> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    const id = this.#next++;
    const abort = (): void => this.#worker.postMessage({ id, abort: true } satisfies Request);
    const result = new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, onEvent: options.onEvent });
      this.#worker.ref();
      this.#worker.postMessage({ id, method, argument } satisfies Request, options.transfer ?? []);
      if (options.signal?.aborted === true) abort();
      options.signal?.addEventListener("abort", abort, { once: true });
    });
    return result.finally(() => options.signal?.removeEventListener("abort", abort)) as Promise<T>;
  }

  async terminate(): Promise<void> {
    // A late reply must not let the process go before the thread has ended.
    this.#fail(new Error("The worker thread ended"));
    await this.#worker.terminate();
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if (reply.kind === "event") {
      pending.onEvent?.(reply.value);
      return;
    }
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (reply.kind === "done") pending.resolve(reply.value);
    else pending.reject(revive(reply.failure));
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }
}

/** The entry file `name` beside the module: `.ts` when running from sources, `.js` when compiled. */
export function workerEntry(name: string, moduleUrl: string): URL {
  return new URL(`./${name}${moduleUrl.endsWith(".ts") ? ".ts" : ".js"}`, moduleUrl);
}
