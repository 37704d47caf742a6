import { existsSync } from "node:fs";
import { join } from "node:path";
import { ELEMENT_TYPE, type Ports, type TensorValue } from "./onnx.ts";
import { findOnnxRuntimeFolder, type Koffi, loadKoffi } from "./onnxruntime.ts";
import { elementCount } from "./shapes.ts";

export interface NativeOptions {
  readonly threads: number;
  readonly isFrugal: boolean;
  readonly allowsSpinning: boolean;
}

/** Places in onnxruntime's table of C functions, which only ever grows at its end, and their signatures. */
const FUNCTIONS = {
  errorMessage: [2, "const char *f(void *status)"],
  createEnvironment: [3, "void *f(int level, const char *id, _Out_ uint64_t *made)"],
  createSession: [8, "void *f(void *environment, void *model, size_t size, void *options, _Out_ uint64_t *made)"],
  run: [
    9,
    "void *f(void *session, void *options, void *names, void *inputs, size_t n, void *outputs, size_t m, void *made)",
  ],
  createOptions: [10, "void *f(_Out_ uint64_t *made)"],
  disablePattern: [17, "void *f(void *options)"],
  disableArena: [19, "void *f(void *options)"],
  setLogLevel: [22, "void *f(void *options, int level)"],
  setThreads: [24, "void *f(void *options, int threads)"],
  createTensor: [
    49,
    "void *f(void *memory, void *data, size_t size, void *shape, size_t rank, int type, _Out_ uint64_t *made)",
  ],
  createMemory: [69, "void *f(int allocator, int type, _Out_ uint64_t *made)"],
  releaseStatus: [93, "void f(void *status)"],
  releaseSession: [95, "void f(void *session)"],
  releaseValue: [96, "void f(void *value)"],
  releaseOptions: [100, "void f(void *options)"],
  addConfigEntry: [130, "void *f(void *options, const char *key, const char *value)"],
} as const;
/** The version of the interface that has all of them. */
const API_VERSION = 14;
const WARNINGS_OFF = 3;
const [ARENA_ALLOCATOR, DEFAULT_MEMORY] = [1, 0];

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array, bool: Uint8Array } as const;

type Pointer = bigint;
type Native = (...values: readonly unknown[]) => unknown;
type Api = Readonly<Record<keyof typeof FUNCTIONS, Native>>;

/** onnxruntime's functions, with the handles that all sessions of a thread share. */
interface Runtime {
  readonly api: Api;
  /** Unloaded once nobody holds it. */
  readonly library: unknown;
  readonly addressOf: (bytes: Uint8Array) => Pointer;
  readonly environment: Pointer;
  readonly memory: Pointer;
}

/** Texts that end in 0, and where they stand; as long as the one is held, the other is valid. */
interface CStrings {
  readonly texts: readonly Buffer[];
  readonly pointers: BigUint64Array;
}

let runtime: Runtime | undefined | "none";

/** Undefined where koffi, an optional package, is not installed, on systems other than Linux, or with PRECEPT_FFI=off. */
function loadRuntime(): Runtime | undefined {
  if (process.platform !== "linux" || process.env["PRECEPT_FFI"] === "off") return undefined;
  const path = join(findOnnxRuntimeFolder(), "bin", "napi-v6", process.platform, process.arch, "libonnxruntime.so.1");
  if (!existsSync(path)) return undefined;
  try {
    const koffi = loadKoffi();
    return koffi && openRuntime(koffi, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`Gradients are copied, for onnxruntime's C interface could not be opened: ${reason}`);
    return undefined;
  }
}

function openRuntime(koffi: Koffi, path: string): Runtime {
  const library = koffi.load(path);
  const base: unknown = library.func("void *OrtGetApiBase()")();
  const [getApi] = koffi.decode(base, koffi.array("void *", 1)) as [Pointer];
  const version = koffi.decode(getApi, koffi.proto("void *ort_getApi(uint32_t version)")) as Native;
  const places = Math.max(...Object.values(FUNCTIONS).map(([place]) => place)) + 1;
  const table = koffi.decode(version(API_VERSION), koffi.array("void *", places)) as readonly Pointer[];
  const entries = Object.entries(FUNCTIONS).map(([name, [place, signature]]) => [
    name,
    koffi.decode(table[place], koffi.proto(signature.replace("f(", `ort_${name}(`))) as Native,
  ]);
  const api = Object.fromEntries(entries) as Api;
  return {
    api,
    library,
    addressOf: (bytes) => koffi.address(bytes),
    environment: makeHandle(api, api.createEnvironment, WARNINGS_OFF, "precept"),
    memory: makeHandle(api, api.createMemory, ARENA_ALLOCATOR, DEFAULT_MEMORY),
  };
}

/** Calls a function that returns a status, null when all went well. */
function check(api: Api, status: unknown): void {
  if (status === null) return;
  const message = String(api.errorMessage(status));
  api.releaseStatus(status);
  throw new Error(message);
}

/** The handle that a function gives through its last parameter. */
function makeHandle(api: Api, call: Native, ...values: readonly unknown[]): Pointer {
  const out: [Pointer] = [0n];
  check(api, call(...values, out));
  return BigInt(out[0]);
}

/**
 * A graph in onnxruntime by its C interface, which writes outputs where they are wanted: onnxruntime-node copies every
 * output, so that gradients would be in memory twice. The library, its kernels and so the bits are the same.
 */
export class NativeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly canReuse = true;
  readonly #runtime: Runtime;
  readonly #ports: Ports;
  readonly #strings = new Map<string, CStrings>();
  readonly #reused = new Map<string, TensorValue>();
  #session: Pointer;

  private constructor(loaded: Runtime, session: Pointer, ports: Ports) {
    this.#runtime = loaded;
    this.#session = session;
    this.#ports = ports;
    this.inputNames = ports.inputs;
    this.outputNames = Object.keys(ports.outputs);
  }

  /** Undefined where there is no way to the C interface. @throws Error with onnxruntime's words for a faulty graph */
  static create(model: Uint8Array, ports: Ports, options: NativeOptions): NativeSession | undefined {
    runtime ??= loadRuntime() ?? "none";
    if (runtime === "none") return undefined;
    const { api, environment } = runtime;
    const settings = makeHandle(api, api.createOptions);
    try {
      check(api, api.setThreads(settings, options.threads));
      check(api, api.setLogLevel(settings, WARNINGS_OFF));
      // A plan for the memory of a whole run would stand beside what the first run took, which was made without one.
      check(api, api.disablePattern(settings));
      if (options.isFrugal) check(api, api.disableArena(settings));
      check(api, api.addConfigEntry(settings, "session.intra_op.allow_spinning", options.allowsSpinning ? "1" : "0"));
      const session = makeHandle(api, api.createSession, environment, model, model.length, settings);
      return new NativeSession(runtime, session, ports);
    } finally {
      api.releaseOptions(settings);
    }
  }

  /** The named outputs. Those of `reused` stand in the same memory after every run, the others in memory of their own. */
  run(
    feeds: Readonly<Record<string, TensorValue>>,
    names: readonly string[],
    reused: ReadonlySet<string>,
  ): Record<string, TensorValue> {
    const { api } = this.#runtime;
    const inputs = this.inputNames.map((name) => feeds[name]!);
    const outputs = names.map((name) => (reused.has(name) ? this.#reuse(name) : this.#allocate(name)));
    const values: Pointer[] = [];
    try {
      for (const tensor of [...inputs, ...outputs]) values.push(this.#value(tensor));
      const pointers = BigUint64Array.from(values);
      const [given, wanted] = [pointers.subarray(0, inputs.length), pointers.subarray(inputs.length)];
      const [from, to] = [this.#cStrings(this.inputNames), this.#cStrings(names)];
      check(api, api.run(this.#session, null, from, given, given.length, to, wanted.length, wanted));
    } finally {
      for (const value of values) api.releaseValue(value);
    }
    return Object.fromEntries(names.map((name, index) => [name, outputs[index]!]));
  }

  release(): void {
    this.#runtime.api.releaseSession(this.#session);
    this.#session = 0n;
    this.#reused.clear();
  }

  #allocate(name: string): TensorValue {
    const { dtype, shape } = this.#ports.outputs[name]!;
    return { dtype, shape, data: new ARRAYS[dtype](elementCount(shape)) };
  }

  #reuse(name: string): TensorValue {
    const tensor = this.#reused.get(name) ?? this.#allocate(name);
    this.#reused.set(name, tensor);
    return tensor;
  }

  /** A tensor of the library over the same memory, to be released. */
  #value({ dtype, data, shape }: TensorValue): Pointer {
    const { api, memory } = this.#runtime;
    const sizes = BigInt64Array.from(shape, BigInt);
    return makeHandle(api, api.createTensor, memory, data, data.byteLength, sizes, sizes.length, ELEMENT_TYPE[dtype]);
  }

  #cStrings(names: readonly string[]): BigUint64Array {
    const key = names.join();
    const known = this.#strings.get(key);
    if (known !== undefined) return known.pointers;
    const texts = names.map((name) => Buffer.from(`${name}\0`));
    const pointers = BigUint64Array.from(texts, this.#runtime.addressOf);
    this.#strings.set(key, { texts, pointers });
    return pointers;
  }
}
