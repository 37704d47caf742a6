import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { takeLock } from "../storage/index.ts";
import { Run, type RunOptions } from "./run.ts";
import { defineStage, renameStage } from "./stage.ts";
import type { StageWriter } from "./stage-writer.ts";

const schema = z.object({ id: z.string() });
/** A stage of this name, whose records are all alike. */
const named = (name: string, ...after: string[]) => defineStage({ name, after, records: { records: schema } });
const slCai = named("sl-cai");
const aiFeedback = named("ai-feedback", "sl-cai");
const rlCai = named("rl-cai", "ai-feedback");
const evaluate = named("evaluate", "rl-cai");
const options: RunOptions = {
  kind: "project",
  manifest: { seed: 7, config: { preset: "smoke" }, inputs: {} },
  command: "demo",
};

/** Two batches; `stopAfter` dies between them. */
const work = (calls: string[], stopAfter?: string) => async (stage: StageWriter<{ records: { id: string } }>) => {
  const log = await stage.records("records");
  for (const batch of ["one", "two"]) {
    if (log.isDone(batch)) continue;
    calls.push(batch);
    await log.append(batch, [{ id: batch }]);
    stage.metrics({ step: calls.length, "objective/kl": 0.5 });
    if (batch === stopAfter) throw new Error("stopped");
  }
  stage.summary({ n: 2 });
  await log.close();
  return "finished";
};

describe("a stage", () => {
  test("runs once for the same inputs, over processes", async () => {
    const folder = temporaryFolder();
    const calls: string[] = [];
    const first = await Run.open(folder, options);
    expect(await first.stage(slCai, "hash", work(calls))).toBe("finished");
    await first.close();
    const second = await Run.open(folder, options);
    expect(await second.stage(slCai, "hash", work(calls))).toBe("unchanged");
    await second.close();
    expect(calls).toEqual(["one", "two"]);
    expect(readdirSync(join(folder, "sl-cai")).sort()).toEqual(["metrics.jsonl", "records.jsonl", "summary.json"]);
    expect(second.manifest.stages["sl-cai"]).toMatchObject({
      status: "done",
      records: { records: expect.any(String) },
    });
  });

  test("continues after a failure without doing a batch again", async () => {
    const folder = temporaryFolder();
    const calls: string[] = [];
    const first = await Run.open(folder, options);
    await expect(first.stage(slCai, "hash", work(calls, "one"))).rejects.toThrow("stopped");
    expect(first.manifest.stages["sl-cai"]?.status).toBe("running");
    await first.close();
    const second = await Run.open(folder, options);
    expect(await second.stage(slCai, "hash", work(calls))).toBe("finished");
    await second.close();
    expect(calls).toEqual(["one", "two"]);
    expect(readFileSync(join(folder, "sl-cai", "records.jsonl"), "utf8")).toBe('{"id":"one"}\n{"id":"two"}\n');
  });

  test("starts anew when its inputs changed, when it was open and when it was closed", async () => {
    const run = await Run.open(temporaryFolder(), options);
    const calls: string[] = [];
    await expect(run.stage(slCai, "a", work(calls, "one"))).rejects.toThrow("stopped");
    expect(await run.stage(slCai, "b", work(calls))).toBe("finished");
    expect(await run.stage(slCai, "c", work(calls))).toBe("finished");
    expect(calls).toEqual(["one", "one", "two", "one", "two"]);
    await run.close();
  });

  test("done anew makes the later ones old, and leaves the earlier ones", async () => {
    const run = await Run.open(temporaryFolder(), options);
    for (const stage of [slCai, aiFeedback, rlCai]) await run.stage(stage, "a", work([]));
    await run.stage(aiFeedback, "b", work([]));
    expect(Object.keys(run.manifest.stages)).toEqual(["sl-cai", "ai-feedback"]);
    expect(await run.stage(slCai, "a", work([]))).toBe("unchanged");
    expect(await run.stage(rlCai, "a", work([]))).toBe("finished");
    await run.close();
  });

  test("done anew makes old what comes after it, by way of others too, and nothing else", async () => {
    const run = await Run.open(temporaryFolder(), options);
    const other = renameStage(slCai, "features-3");
    const stages = [slCai, other, renameStage(aiFeedback, "labels-3", ["features-3"]), aiFeedback, rlCai];
    for (const stage of stages) await run.stage(stage, "a", work([]));
    await run.stage(other, "b", work([]));
    expect(Object.keys(run.manifest.stages)).toEqual(["sl-cai", "features-3", "ai-feedback", "rl-cai"]);
    await run.stage(slCai, "b", work([]));
    expect(Object.keys(run.manifest.stages)).toEqual(["sl-cai", "features-3"]);
    await run.close();
  });

  test("may stand in one run several times under names of its own", async () => {
    const run = await Run.open(temporaryFolder(), options);
    for (const name of ["features-3", "features-5"]) {
      expect(await run.stage(renameStage(slCai, name), "a", work([]))).toBe("finished");
    }
    expect(readdirSync(run.folder).sort()).toEqual(["features-3", "features-5", "manifest.json", "run.lock"]);
    await run.close();
  });

  test("runs again when somebody removed its records", async () => {
    const run = await Run.open(temporaryFolder(), options);
    await run.stage(slCai, "a", work([]));
    rmSync(join(run.stageFolder("sl-cai"), "records.jsonl"));
    expect(await run.stage(slCai, "a", work([]))).toBe("finished");
    await run.close();
  });

  test.each(["model.safetensors", "adapter_model.safetensors"])("runs again when somebody removed %s", async (file) => {
    const run = await Run.open(temporaryFolder(), options);
    const train = async (stage: Pick<StageWriter, "checkpoint">): Promise<string> => {
      mkdirSync(stage.checkpoint, { recursive: true });
      writeFileSync(join(stage.checkpoint, file), "weights");
      return "trained";
    };
    await run.stage(slCai, "a", train);
    expect(await run.stage(slCai, "a", train)).toBe("unchanged");
    rmSync(join(run.stageFolder("sl-cai"), "checkpoint"), { recursive: true });
    expect(await run.stage(slCai, "a", train)).toBe("trained");
    await run.close();
  });

  test("keeps the last of the metrics rows that a resumed training repeats, and drops a half row", async () => {
    const run = await Run.open(temporaryFolder(), options);
    const path = join(run.stageFolder("rl-cai"), "metrics.jsonl");
    const failing = run.stage(rlCai, "a", async (stage) => {
      for (const step of [1, 2, 3]) stage.metrics({ step, reward: step });
      throw new Error("killed");
    });
    await expect(failing).rejects.toThrow("killed");
    appendFileSync(path, '{"step":4,"rew');
    await run.stage(rlCai, "a", async (stage) => {
      for (const step of [3, 4]) stage.metrics({ step, reward: 10 * step });
      stage.metrics({ series: "warm-up", step: 3, loss: 1 });
    });
    expect(readFileSync(path, "utf8")).toMatchInlineSnapshot(`
      "{"step":1,"reward":1}
      {"step":2,"reward":2}
      {"step":3,"reward":30}
      {"step":4,"reward":40}
      {"series":"warm-up","step":3,"loss":1}
      "
    `);
    await run.close();
  });

  test("adds up its seconds over interruptions, and remembers the peak of memory", async () => {
    const run = await Run.open(temporaryFolder(), options);
    const wait = (stop: boolean) => async () => {
      await setTimeout(30);
      if (stop) throw new Error("stopped");
    };
    await expect(run.stage(evaluate, "a", wait(true))).rejects.toThrow("stopped");
    const first = run.manifest.stages.evaluate?.seconds ?? 0;
    expect(first).toBeGreaterThan(0.02);
    await run.stage(evaluate, "a", wait(false));
    expect(run.manifest.stages.evaluate?.seconds).toBeGreaterThan(first + 0.02);
    expect(run.manifest.stages.evaluate?.peakMemoryBytes).toBeGreaterThan(1e7);
    await run.close();
  });
});

describe("opening a run", () => {
  test("refuses a folder that holds something else", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "thesis.docx"), "");
    await expect(Run.open(folder, options)).rejects.toMatchObject({
      code: "run-invalid",
      message: expect.stringContaining("no manifest.json, but other files (thesis.docx)"),
    });
    expect(readdirSync(folder)).toEqual(["thesis.docx"]);
    mkdirSync(join(folder, "trainer-state"));
    await expect(Run.open(folder, options)).rejects.toThrow("npx precept@0.1.0");
  });

  test("takes a folder whose run died at birth", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "manifest.json.tmp"), "{");
    await (await Run.open(folder, options)).close();
    expect(readdirSync(folder)).toEqual(["manifest.json"]);
  });

  test.each([
    ["damaged JSON", (text: string) => text.slice(0, 40), "run-invalid", "damaged JSON"],
    ["a missing field", (text: string) => text.replace('"seed": 7,', ""), "run-invalid", "seed"],
    ["the first format", (text: string) => text.replace('"format": 2', '"format": 1'), "run-version", "run format 1"],
    ["another format", (text: string) => text.replace('"format": 2', '"format": 99'), "run-version", "run format 99"],
    [
      "another version",
      (text: string) => text.replace(/"version": "[^"]+"/, '"version": "7.3.0"'),
      "run-version",
      "7.3.0",
    ],
  ])("with %s in the manifest says so and changes nothing", async (_, damage, code, found) => {
    const folder = temporaryFolder();
    await (await Run.open(folder, options)).close();
    const path = join(folder, "manifest.json");
    const damaged = damage(readFileSync(path, "utf8"));
    writeFileSync(path, damaged);
    await expect(Run.open(folder, options)).rejects.toMatchObject({ code, message: expect.stringContaining(found) });
    expect(readFileSync(path, "utf8")).toBe(damaged);
    expect(readdirSync(folder)).toEqual(["manifest.json"]);
  });

  test("refuses a run of another kind", async () => {
    const folder = temporaryFolder();
    await (await Run.open(folder, options)).close();
    await expect(Run.open(folder, { ...options, kind: "training" })).rejects.toMatchObject({
      code: "run-invalid",
      message: expect.stringContaining("a run of kind project"),
    });
  });

  test("refuses a run that is open already", async () => {
    const folder = temporaryFolder();
    const run = await Run.open(folder, options);
    await expect(Run.open(folder, options)).rejects.toMatchObject({ code: "run-locked" });
    await run.close();
  });

  test("refuses, and lets its lock go, while a client is at work that would make the same beside it", async () => {
    const folder = temporaryFolder();
    await (await Run.open(folder, options)).close();
    const own = join(folder, "shards", "2-of-4");
    mkdirSync(own, { recursive: true });
    const client = takeLock(own, "run --shard 2/4");
    await (await Run.open(folder, { ...options, shards: 4 })).close();
    await expect(Run.open(folder, { ...options, shards: 3 })).rejects.toMatchObject({
      code: "run-locked",
      message: expect.stringMatching(/client 2 of 4 is at work.*precept run --shards 4/su),
    });
    const waiting = Run.open(folder, options);
    client.release();
    await (await waiting).close();
  });

  test.runIf(process.platform === "linux")("ends where no folder can be made", async () => {
    await expect(Run.open("/proc/precept/run", options)).rejects.toMatchObject({ code: "run-invalid" });
  });

  test("refuses a file in the folder's place", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "file"), "");
    await expect(Run.open(join(folder, "file"), options)).rejects.toMatchObject({ code: "run-invalid" });
    await expect(Run.open(join(folder, "file", "run"), options)).rejects.toMatchObject({ code: "run-invalid" });
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
