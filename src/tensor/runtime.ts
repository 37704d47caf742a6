import { availableParallelism, loadavg } from "node:os";
import { PreceptError } from "../errors.ts";
import { type DeviceName, deviceMissing, providersFor } from "./devices.ts";
import { NativeSession } from "./native-session.ts";
import type { DataType, Ports, TensorData, TensorValue } from "./onnx.ts";
import { loadOnnxRuntime, type RuntimeSession, type RuntimeTensor } from "./onnxruntime.ts";

/** Threads inside an operator: PRECEPT_THREADS, else 2 (1 on a single core). Results do not depend on it. */
export function defaultThreads(): number {
  const asked = Number.parseInt(process.env["PRECEPT_THREADS"] ?? "", 10);
  return asked > 0 ? asked : Math.min(2, availableParallelism());
}

/**
 * Waiting threads spin, which is half as fast again on a quiet machine (decoding 0.9 M parameters: 4.8 against 7.6 ms a
 * step) and half as slow on one with more work than cores. Results do not depend on it.
 */
function allowsSpinning(): boolean {
  const [load = 0] = loadavg();
  return load <= availableParallelism() + 1;
}

/**
 * Runs in whatever thread calls it, and blocks that thread while it computes.
 * A frugal session gives its memory back after every run: a fifth less at 135 M parameters, a fifth slower at 4.5 M.
 * @throws device-missing when the device asked for is not there; "auto" takes the best that is.
 */
export async function loadSession(
  model: Uint8Array,
  threads = defaultThreads(),
  device: DeviceName = "cpu",
  isFrugal = false,
): Promise<RuntimeSession> {
  const failures: unknown[] = [];
  for (const provider of providersFor(device)) {
    try {
      return await createSession(model, threads, provider, isFrugal);
    } catch (error) {
      if (provider === "cpu") throw error;
      failures.push(error);
    }
  }
  throw deviceMissing(device, failures);
}

function createSession(
  model: Uint8Array,
  threads: number,
  provider: string,
  isFrugal: boolean,
): Promise<RuntimeSession> {
  return loadOnnxRuntime().InferenceSession.create(model, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    enableCpuMemArena: !isFrugal,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: allowsSpinning() ? "1" : "0" } } },
  });
}

/** A loaded graph, from values to values. */
export interface GraphSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Whether the `reused` outputs of a run stand where they stood after the last one. */
  readonly canReuse: boolean;
  /** The named outputs. */
  run(feeds: Values, names: readonly string[], reused: ReadonlySet<string>): Values | Promise<Values>;
  release(): void | Promise<void>;
}
type Values = Readonly<Record<string, TensorValue>>;

export interface GraphOptions {
  readonly threads?: number | undefined;
  readonly device?: DeviceName | undefined;
  readonly isFrugal?: boolean;
  /** Where they are given, outputs need not be copied: on the CPU, with koffi. */
  readonly ports?: Ports | undefined;
}

/** As `loadSession`, by the shortest way there is. */
export async function loadGraph(model: Uint8Array, options: GraphOptions): Promise<GraphSession> {
  const { threads = defaultThreads(), device = "cpu", isFrugal = false, ports } = options;
  if (ports !== undefined && device === "cpu") {
    const native = NativeSession.create(model, ports, { threads, isFrugal, allowsSpinning: allowsSpinning() });
    if (native !== undefined) return native;
  }
  const session = await loadSession(model, threads, device, isFrugal);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    canReuse: false,
    async run(feeds, names) {
      const inputs = Object.entries(feeds).map(([name, value]) => [name, toRuntime(value)] as const);
      const outputs = await session.run(Object.fromEntries(inputs), names);
      return Object.fromEntries(names.map((name) => [name, fromRuntime(outputs[name]!)]));
    },
    release: () => session.release(),
  };
}

export const toRuntime = ({ dtype, data, shape }: TensorValue): RuntimeTensor =>
  new (loadOnnxRuntime().Tensor)(dtype, data, shape);

const TYPES: ReadonlySet<string> = new Set<DataType>(["float32", "int32", "int64", "bool"]);
const isDataType = (name: string): name is DataType => TYPES.has(name);

export function fromRuntime(tensor: RuntimeTensor): TensorValue {
  const { type, dims, data } = tensor;
  if (isDataType(type) && !Array.isArray(data)) return { dtype: type, shape: dims, data: data as TensorData };
  throw new PreceptError("input-invalid", {
    attempted: "Reading a result of the tensor runtime",
    found: `the element type ${type}`,
  });
}
