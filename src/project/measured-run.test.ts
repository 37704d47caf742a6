import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { calibrateThroughput, readThroughput } from "../spending/index.ts";
import { readMeasuredRun } from "./measured-run.ts";

/** A run whose AI feedback took 100 seconds. */
function writeRun(engine: string): string {
  const run = join(temporaryFolder(), "first");
  const write = (name: string, value: unknown): void => writeFileSync(join(run, name), JSON.stringify(value));
  for (const stage of ["ai-feedback", "dpo"]) mkdirSync(join(run, stage), { recursive: true });
  write("manifest.json", { config: { training: { engine } } });
  write("ai-feedback/summary.json", { seconds: 100 });
  // 0.2 × 989e12 operations a second on two GPUs, at 6 a weight and token.
  write("dpo/summary.json", { gflops: (0.3 * 989e3) / (8 / 6) });
  const role = { calls: 1000, cached: 5, retries: 0, promptTokens: 2_500_000, completionTokens: 0, busySeconds: 900 };
  const feedback = { ...role, model: "vllm:Qwen2.5-8B-Instruct" };
  write("spending.json", {
    version: 1,
    roles: { feedback, slCai: { ...role, promptTokens: 0, completionTokens: 400_000 } },
  });
  return run;
}

describe("what a run measured", () => {
  const usual = readThroughput();

  it("takes the place of assumptions", () => {
    const run = readMeasuredRun(writeRun("python"), 2, 1e9);
    expect(run).toMatchObject({ name: "first", weights: 8e9, calls: 2000, seconds: 100, gpus: 2 });
    const measured = calibrateThroughput(usual, "H100", run);
    // 2.5 M tokens read at 25,000 a second and 0.4 M written at 8,000 are 150 seconds; the run took 200 of GPUs.
    expect(measured.gpus["H100"]?.generation[0]).toMatchObject({
      ...{ out: expect.closeTo(6000, 6), in: expect.closeTo(18750, 6), within: 1.25, source: "measured: first" },
    });
    expect(measured.gpus["H100"]?.generation[1]?.out).toBeCloseTo(1500, 6);
    expect(measured.gpus["A100"]).toEqual(usual.gpus["A100"]);
    expect(measured.client).toMatchObject({ callsPerSecond: 20, within: 1 });
    expect(measured.training.utilisation).toBeCloseTo(0.15, 10);
  });

  it("says nothing of GPUs where our own engine trained, and is refused where no server was asked", () => {
    expect(readMeasuredRun(writeRun("local"), 2, 1e9).trainedFlops).toBeUndefined();
    const none = temporaryFolder();
    expect(() => readMeasuredRun(none, 1, 1e9)).toThrow("no finished AI feedback");
    mkdirSync(join(none, "ai-feedback"));
    writeFileSync(join(none, "ai-feedback", "summary.json"), '{"seconds": 3}');
    expect(() => readMeasuredRun(none, 1, 1e9)).toThrow("asked no server");
  });
});
