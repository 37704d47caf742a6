import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { providersFor } from "./devices.ts";

/** Loads a graph in a process that finds no GPU driver; prints what came of it. */
function loadOn(device: string): { code?: string; message?: string; sum?: number } {
  const url = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    import { Graph, toOnnx } from ${url("./graph.ts")};
    import { reduceSum } from ${url("./operators/broadcast.ts")};
    import { loadSession, toRuntime } from ${url("./runtime.ts")};
    const graph = new Graph();
    const model = toOnnx(graph, { sum: reduceSum(graph.input("x", "float32", [3])) });
    try {
      const session = await loadSession(model, 1, ${JSON.stringify(device)});
      const { sum } = await session.run({ x: toRuntime({ dtype: "float32", shape: [3], data: Float32Array.of(1, 2, 4) }) });
      console.log(JSON.stringify({ sum: sum.data[0] }));
    } catch ({ code, message }) {
      console.log(JSON.stringify({ code, message }));
    }`;
  const env = { ...process.env, VK_DRIVER_FILES: "/nonexistent", VK_ICD_FILENAMES: "/nonexistent" };
  const options: ExecFileSyncOptionsWithStringEncoding = { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] };
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], options)) as ReturnType<
    typeof loadOn
  >;
}

describe("devices", () => {
  it("tries nothing but what was asked for, and ends with the CPU when free to choose", () => {
    expect(providersFor("webgpu")).toEqual(["webgpu"]);
    expect(providersFor("auto").at(-1)).toBe("cpu");
  });

  it.runIf(process.platform === "linux")("says what is missing, or takes the CPU where that is allowed", () => {
    const { code, message } = loadOn("webgpu");
    expect(code).toBe("device-missing");
    expect(message).toContain("Loading a graph on webgpu: Failed to get a WebGPU adapter");
    expect(message).toContain("onnxruntime-node offers cpu, webgpu");
    expect(message).toContain("libvulkan1");
    expect(message).toContain("--device cpu");
    expect(loadOn("auto")).toEqual({ sum: 7 });
  });
});
