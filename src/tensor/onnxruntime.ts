import { createRequire } from "node:module";
import { dirname } from "node:path";
import { resolveOptional, resolvePackage } from "../optional-package.ts";
import type { TensorData } from "./onnx.ts";

/** What is used of onnxruntime-node, so that the types of the library stand without it. */
interface OnnxRuntime {
  readonly Tensor: new (type: string, data: unknown, shape: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<RuntimeSession> };
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
}

export interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: TensorData | readonly string[];
}

type RuntimeTensors = Readonly<Record<string, RuntimeTensor>>;

export interface RuntimeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The named outputs, or those given, which are written in place. */
  run(feeds: RuntimeTensors, outputs?: readonly string[] | RuntimeTensors): Promise<RuntimeTensors>;
  release(): Promise<void>;
}

/** What is used of koffi. */
export interface Koffi {
  load(path: string): { func(signature: string): (...values: unknown[]) => unknown };
  decode(value: unknown, type: unknown): unknown;
  array(type: string, length: number): unknown;
  proto(signature: string): unknown;
  address(value: unknown): bigint;
}

const require = createRequire(import.meta.url);
let loaded: OnnxRuntime | undefined;

/** The tensor runtime, loaded when it is first needed. @throws PreceptError package-missing */
export function loadOnnxRuntime(): OnnxRuntime {
  loaded ??= require(findOnnxRuntime("onnxruntime-node")) as OnnxRuntime;
  return loaded;
}

/** The folder of the package. @throws PreceptError package-missing */
export const findOnnxRuntimeFolder = (): string => dirname(findOnnxRuntime("onnxruntime-node/package.json"));

/**
 * Asked wherever a local model is, before anything is fetched or read for it: hosted models do without the 290 MB of the
 * engine. @throws PreceptError package-missing, with the command that adds it
 */
export function requireEngine(): void {
  findOnnxRuntime("onnxruntime-node/package.json");
}

/** koffi, by which gradients are not copied, where it is installed. */
export function loadKoffi(): Koffi | undefined {
  const path = resolveOptional("koffi");
  return path === undefined ? undefined : (require(path) as Koffi);
}

function findOnnxRuntime(specifier: string): string {
  return resolvePackage(specifier, {
    name: "onnxruntime-node",
    attempted: "Starting the engine, which runs and trains local models",
    expected: "it beside precept: optional, because hosted models do without its 290 MB",
    // Without its install script, which fetches GPU libraries from elsewhere.
    remedy: "npm install --ignore-scripts onnxruntime-node@1.30.0 koffi@3.3.4",
  });
}
