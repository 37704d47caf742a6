import type { DeviceName } from "./devices.ts";
import type { Ports, TensorValue } from "./onnx.ts";
import { WorkerThread, workerEntry } from "./rpc.ts";
import type {
  CreateRequest,
  FreeRequest,
  ReadRequest,
  RunRequest,
  StoreRequest,
  UpdateRequest,
  ZerosRequest,
} from "./session-handlers.ts";

type Tensors = Readonly<Record<string, TensorValue>>;

let shared: WorkerThread | undefined;
/** The one thread that computes for sessions which do not bring their own. */
function sharedWorker(): WorkerThread {
  shared ??= new WorkerThread(workerEntry("worker", import.meta.url));
  return shared;
}

let lastId = 0;

/** Named tensors that live in the worker thread; graph inputs that are not fed are taken from here. */
export class TensorStore {
  readonly worker: WorkerThread;
  readonly id = lastId++;

  constructor(worker: WorkerThread = sharedWorker()) {
    this.worker = worker;
  }

  /** One tensor a message, so that no more than one is ever in transit. With `isMoved`, nobody else may use them. */
  async write(tensors: Tensors, isMoved = false): Promise<void> {
    const empty: StoreRequest = { store: this.id, tensors: {} };
    if (Object.keys(tensors).length === 0) await this.worker.call("write", empty);
    for (const [name, tensor] of Object.entries(tensors)) {
      const { buffer, byteLength } = tensor.data;
      const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
      const request: StoreRequest = { store: this.id, tensors: { [name]: tensor } };
      await this.worker.call("write", request, { transfer: isMoved && isWhole ? [buffer] : [] });
    }
  }

  /** Zeros of these shapes by name. */
  async zeros(shapes: ZerosRequest["shapes"]): Promise<void> {
    await this.worker.call("zeros", { store: this.id, shapes } satisfies ZerosRequest);
  }

  /** Copies of the named tensors. */
  read(names: readonly string[]): Promise<Record<string, TensorValue>> {
    return this.worker.call("read", { store: this.id, names } satisfies ReadRequest);
  }

  async dispose(): Promise<void> {
    await this.worker.call("free", { sessions: [], stores: [this.id] } satisfies FreeRequest);
  }
}

export interface RunOptions {
  /** Outputs that come back. */
  readonly fetch: readonly string[];
  /** Output name → name in the store under which it stays, e.g. the next step's parameters. */
  readonly keep?: Readonly<Record<string, string>> | undefined;
  /** Some of `fetch`: when they are not finite, nothing is kept. */
  readonly guard?: readonly string[];
  /** An optimizer step to take with the outputs, under the same guard. */
  readonly update?: UpdateRequest;
}

export interface SessionOptions {
  readonly threads?: number | undefined;
  readonly device?: DeviceName | undefined;
  /** Gives memory back after every run. */
  readonly isFrugal?: boolean;
  /** With which gradients are not copied, where that can be; see `GraphOptions`. */
  readonly ports?: Ports | undefined;
}

/** An ONNX model loaded in a worker thread, so that computing never blocks the event loop. */
export class Session {
  readonly store: TensorStore;
  readonly #id = lastId++;

  private constructor(store: TensorStore) {
    this.store = store;
  }

  /** @throws device-missing */
  static async create(model: Uint8Array, store: TensorStore, options: SessionOptions = {}): Promise<Session> {
    const { threads, device, isFrugal = false, ports } = options;
    const session = new Session(store);
    const request: CreateRequest = { session: session.#id, model, threads, device, isFrugal, ports };
    await store.worker.call("create", request);
    return session;
  }

  run(feeds: Tensors, { fetch, keep = {}, guard = [], update }: RunOptions): Promise<Record<string, TensorValue>> {
    const request: RunRequest = { session: this.#id, store: this.store.id, feeds, fetch, keep, guard, update };
    return this.store.worker.call("run", request);
  }

  async dispose(): Promise<void> {
    await this.store.worker.call("free", { sessions: [this.#id], stores: [] } satisfies FreeRequest);
  }
}
