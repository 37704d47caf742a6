import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../errors.ts";
import { findOnnxRuntimeFolder, loadOnnxRuntime } from "./onnxruntime.ts";

/** Where graphs are computed. "auto" is the first of cuda, webgpu and cpu that works on this machine. */
export const deviceNames = ["cpu", "webgpu", "cuda", "auto"] as const;
export type DeviceName = (typeof deviceNames)[number];
export type Provider = Exclude<DeviceName, "auto">;

/** The execution providers to try, in turn. Asking for a device by name never falls back to another. */
export function providersFor(device: DeviceName): readonly Provider[] {
  if (device !== "auto") return [device];
  // The runtime writes to stderr when it looks for libraries that are not there, so those are looked for here first.
  return [...(hasCudaLibrary() ? (["cuda"] as const) : []), "webgpu", "cpu"];
}

/** CUDA's part of onnxruntime-node comes by its install script, not in the package. */
function hasCudaLibrary(): boolean {
  const name = process.platform === "win32" ? "onnxruntime_providers_cuda.dll" : "libonnxruntime_providers_cuda.so";
  return existsSync(join(findOnnxRuntimeFolder(), "bin", "napi-v6", process.platform, process.arch, name));
}

const NEEDS: Readonly<Record<DeviceName, string>> = {
  cpu: "a platform that onnxruntime-node is built for",
  webgpu:
    "a GPU and its driver: Vulkan on Linux (libvulkan1 and the vendor's driver), Metal on macOS, Direct3D 12 on Windows",
  cuda: "an NVIDIA GPU and CUDA 12 on Linux x64: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node fetches its libraries",
  auto: "any of cuda, webgpu and cpu",
};

/** What was asked for, what this machine has, and what to install. */
export function deviceMissing(device: DeviceName, failures: readonly unknown[]): PreceptError {
  const backends = loadOnnxRuntime()
    .listSupportedBackends()
    .map(({ name, bundled }) => `${name}${bundled ? "" : " (not in the package)"}`);
  const reasons = failures.map((failure) => lastLine(failure instanceof Error ? failure.message : String(failure)));
  return new PreceptError("device-missing", {
    attempted: `Loading a graph on ${device}`,
    found: `${reasons.join("; ")} (onnxruntime-node offers ${backends.join(", ")})`,
    expected: NEEDS[device],
    remedy: "take --device cpu, or auto for the best that works",
    cause: failures[0],
  });
}

/** Without the source positions of the runtime. */
const lastLine = (message: string): string =>
  message
    .trim()
    .replace(/^.* was false\. /s, "")
    .split("\n")[0] ?? message;
