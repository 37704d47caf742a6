import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { calibrateThroughput, readThroughput } from "../spending/index.ts";
import { readMeasuredRun } from "./measured-run.ts";

interface Settings {
  readonly training?: unknown;
  readonly shards?: number;
  /** Tokens of a comparison: its own, and those that all begin with. */
  readonly shared?: number;
}

/** A run whose AI feedback took 100 seconds. */
function writeRun({ training, shards, shared = 0 }: Settings = {}): string {
  const run = join(temporaryFolder(), "first");
  const write = (name: string, value: unknown): void => writeFileSync(join(run, name), JSON.stringify(value));
  for (const stage of ["ai-feedback", "dpo"]) mkdirSync(join(run, stage), { recursive: true });
  write("manifest.json", {
    config: { training: training ?? { engine: "python", adapter: "none" } },
    stages: { "ai-feedback": { shards } },
  });
  write("ai-feedback/summary.json", { seconds: 100 });
  // 0.3 × 989e12 operations a second, 8 a weight and token; the run counts 6.
  write("dpo/summary.json", { gflops: (0.3 * 989e3) / (8 / 6) });
  const role = { calls: 1000, cached: 5, retries: 0, promptTokens: 0, completionTokens: 0, busySeconds: 900 };
  const feedback = { ...role, promptTokens: 1000 * (2500 + shared), model: "vllm:Qwen2.5-8B-Instruct" };
  write("spending.json", { version: 1, roles: { feedback, slCai: { ...role, completionTokens: 400_000 } } });
  const range = (n: number) => ({ low: n, high: n });
  const planned = (name: string, prompt: number, beginning: number) => ({
    ...{ role: name, model: "m", calls: range(900), promptTokens: range(900 * prompt), seconds: range(1) },
    ...{ sharedTokens: range(900 * beginning), completionTokens: range(0) },
  });
  const { role: _, model: __, ...total } = planned("all", 0, 0);
  const roles = [planned("slCai", 0, 0), planned("feedback", 2500 + shared, shared)];
  write("plan.json", { roles, total, counted: 1, prompts: 1, isMeasured: false });
  return run;
}

describe("what a run measured", () => {
  const usual = readThroughput();
  const measure = (settings: Settings, gpus = 2) =>
    calibrateThroughput(usual, "H100", readMeasuredRun(writeRun(settings), gpus, 1e9));

  it("takes the place of assumptions", () => {
    const run = readMeasuredRun(writeRun(), 2, 1e9);
    expect(run).toMatchObject({ name: "first", weights: 8e9, calls: 2000, seconds: 100, gpus: 2, clients: 1 });
    const measured = calibrateThroughput(usual, "H100", run);
    // 2.5 M tokens read at 25,000 a second and 0.4 M written at 8,000 are 150 seconds; the run took 200 of GPUs.
    expect(measured.gpus["H100"]?.generation[0]).toMatchObject({
      ...{ out: expect.closeTo(6000, 6), in: expect.closeTo(18750, 6), within: 1.25, source: "measured: first" },
    });
    expect(measured.gpus["H100"]?.generation[1]?.out).toBeCloseTo(1500, 6);
    expect(measured.gpus["A100"]).toEqual(usual.gpus["A100"]);
    expect(measured.training.utilisation).toBeCloseTo(0.3, 10);
  });

  it("counts what prompts share as read by nobody, however much it is", () => {
    expect(measure({ shared: 7500 }).gpus["H100"]).toEqual(measure({}).gpus["H100"]);
    const run = writeRun({ shared: 7500 });
    rmSync(join(run, "plan.json"));
    expect(() => readMeasuredRun(run, 2, 1e9)).toThrow("begin with alike");
  });

  it("divides training by the GPUs that trained, not by those that answered", () => {
    const used = (settings: Settings, gpus: number) => measure(settings, gpus).training.utilisation;
    expect(used({}, 8)).toBeCloseTo(0.3, 10);
    const ray = { engine: "ray", adapter: "none", ray: { processes: 2, gpus: 1 } };
    expect(used({ training: ray }, 8)).toBeCloseTo(0.15, 10);
    // An adapter's operations are counted as the sizing counts them.
    expect(used({ training: { engine: "python" } }, 8)).toBeCloseTo((0.3 * 6) / 8, 10);
    expect(measure({ training: { ...ray, ray: { processes: 2 } } }).training).toEqual(usual.training);
  });

  it("believes of a client no less than assumed: it may have waited for the GPUs", () => {
    expect(measure({}).client).toEqual(usual.client);
    const slow = { ...usual, client: { ...usual.client, callsPerSecond: 1 } };
    const client = (shards: number) =>
      calibrateThroughput(slow, "H100", readMeasuredRun(writeRun({ shards }), 2, 1e9)).client;
    expect(client(1)).toMatchObject({ callsPerSecond: 20, source: "measured: first" });
    expect(client(4)).toMatchObject({ callsPerSecond: 5 });
    expect(client(40)).toEqual(slow.client);
  });

  it("says nothing of GPUs where our own engine trained, and is refused where no server was asked", () => {
    expect(readMeasuredRun(writeRun({ training: { engine: "local" } }), 2, 1e9).training).toBeUndefined();
    const none = temporaryFolder();
    expect(() => readMeasuredRun(none, 1, 1e9)).toThrow("no finished AI feedback");
    mkdirSync(join(none, "ai-feedback"));
    writeFileSync(join(none, "ai-feedback", "summary.json"), '{"seconds": 3}');
    expect(() => readMeasuredRun(none, 1, 1e9)).toThrow("asked no server");
  });
});
