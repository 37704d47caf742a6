import { createRequire } from "node:module";
import { dirname } from "node:path";
import { resolveOptional, resolvePackage } from "../optional-package.ts";

type OnnxRuntime = typeof import("onnxruntime-node");

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
export function loadKoffi(): typeof import("koffi") | undefined {
  const path = resolveOptional("koffi");
  return path === undefined ? undefined : (require(path) as typeof import("koffi"));
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
