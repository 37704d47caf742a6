import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "../local/tiny.test-support.ts";
import type { SftJob } from "../trainer.ts";
import { attemptsIn, eventsIn } from "./events.ts";
import { pythonEnvironment } from "./python-home.ts";
import { PythonTrainer } from "./python-trainer.ts";
import { tinySft } from "./tiny-job.test-support.ts";

const stub = fileURLToPath(new URL("./stub-engine.test-support.ts", import.meta.url));

/** A trainer whose Python is the stub. */
const stubbed = (mode: string, versions: Record<string, string> = { stub: "1" }): PythonTrainer =>
  new PythonTrainer(
    {},
    {
      command: { program: process.execPath, words: [stub, mode] },
      versions,
      patience: { terminateMs: 100, killMs: 250 },
    },
  );

describe("PythonTrainer", () => {
  let initial: string;
  beforeAll(async () => {
    initial = await tinyCheckpoint();
  });

  const jobIn = (output: string, signal?: AbortSignal): SftJob => tinySft(initial, output, signal);

  it("tells every step once, with its rate and its tokens, and gives the checkpoint", async () => {
    const { result, steps } = await finish(stubbed("plain").train(jobIn(await temporaryFolder())));
    expect(steps.map(({ step }) => step)).toEqual(steps.map((_, i) => i + 1));
    expect(steps.length).toBe(steps[0]?.steps);
    expect(steps.every(({ tokens }, i) => tokens > (steps[i - 1]?.tokens ?? 0))).toBe(true);
    expect(steps.at(-1)?.metrics["learning_rate"]).toBe(0);
    expect(existsSync(join(result.checkpoint, "config.json"))).toBe(true);
  });

  it("returns a finished job's result and starts nothing", async () => {
    const output = await temporaryFolder();
    const { result } = await finish(stubbed("plain").train(jobIn(output)));
    const again = await finish(stubbed("fail:engine").train(jobIn(output)));
    expect(again.steps).toEqual([]);
    expect(result).toMatchObject({ parameters: expect.any(Number), forwardTokens: 0 });
    const { seconds: _seconds, ...rest } = result;
    expect(again.result).toEqual(rest);
    expect(attemptsIn(output)).toEqual([1]);
  });

  it("tells what a job that ended alone did after whoever listened was gone", async () => {
    const output = await temporaryFolder();
    const { steps } = await finish(stubbed("plain").train(jobIn(output)));
    writeFileSync(join(output, "told.json"), JSON.stringify({ step: 5 }));
    const again = await finish(stubbed("fail:engine").train(jobIn(output)));
    expect(again.steps).toEqual(steps.slice(5));
    expect((await finish(stubbed("fail:engine").train(jobIn(output)))).steps).toEqual([]);
  });

  it("goes on in a folder that was moved, with the model where it is now", async () => {
    const home = await temporaryFolder();
    const [old, now] = [join(home, "old"), join(home, "now")];
    cpSync(initial, join(old, "initial"), { recursive: true });
    const jobAt = (run: string): SftJob => ({ ...jobIn(join(run, "job")), initial: join(run, "initial") });
    await finish(stubbed("die:8").train(jobAt(old))).catch(() => undefined);
    expect(readFileSync(join(old, "job", "job.json"), "utf8")).not.toContain(home);
    renameSync(old, now);
    // The model alone elsewhere, too.
    renameSync(join(now, "initial"), join(now, "moved"));
    const { steps } = await finish(stubbed("plain").train({ ...jobAt(now), initial: join(now, "moved") }));
    expect(steps.at(-1)?.step).toBe(steps.at(-1)?.steps);
    expect(JSON.parse(readFileSync(join(now, "job", "job.json"), "utf8"))).toMatchObject({ initial: "../moved" });
    expect(eventsIn(join(now, "job")).some(({ type }) => type === "rewind")).toBe(true);
  });

  it("does a job anew whose checkpoint was changed, or which other packages would compute", async () => {
    const output = await temporaryFolder();
    await finish(stubbed("plain").train(jobIn(output)));
    await finish(stubbed("plain", { stub: "2" }).train(jobIn(output)));
    expect(attemptsIn(output)).toEqual([1]);
    writeFileSync(join(output, "checkpoint", "config.json"), "{}");
    const { steps } = await finish(stubbed("plain", { stub: "2" }).train(jobIn(output)));
    expect(steps).toEqual([]);
    expect(attemptsIn(output)).toEqual([1, 2]);
  });

  it("goes on from the last state after a kill, and tells no step twice, not even a half written one", async () => {
    for (const mode of ["die:8", "half:8"]) {
      const output = await temporaryFolder();
      const seen: number[] = [];
      const first = (async () => {
        for await (const { step } of stubbed(mode).train(jobIn(output))) seen.push(step);
      })();
      await expect(first).rejects.toMatchObject({
        code: "model-failed",
        message: expect.stringContaining("the state of step 6"),
      });
      const { steps } = await finish(stubbed("plain").train(jobIn(output)));
      expect(eventsIn(output).find(({ type }) => type === "rewind")).toMatchObject({ to: 6 });
      expect([...seen, ...steps.map(({ step }) => step)]).toEqual(
        Array.from({ length: 20 }, (_, i) => i + 1).slice(0, steps.at(-1)?.step),
      );
    }
  });

  it("stops by the cancel file, says so, and goes on", async () => {
    const output = await temporaryFolder();
    const controller = new AbortController();
    const seen = await interrupt(stubbed("slow").train(jobIn(output, controller.signal)), 2, controller);
    expect(seen).toBeLessThan(20);
    const { steps } = await finish(stubbed("plain").train(jobIn(output)));
    expect(steps[0]?.step).toBe(seen + 1);
    expect(existsSync(join(output, "cancel"))).toBe(false);
  });

  it("ends a process that does not listen, by SIGTERM and at last by SIGKILL", async () => {
    for (const mode of ["hang", "deaf"]) {
      const controller = new AbortController();
      await interrupt(stubbed(mode).train(jobIn(await temporaryFolder(), controller.signal)), 1, controller);
    }
  });

  it("says what failed, and what to do", async () => {
    const codes = {
      "not-finite": "not-finite",
      diverged: "monitor-tripped",
      "out-of-memory": "model-failed",
      "input-invalid": "input-invalid",
      storage: "disk",
      engine: "model-failed",
    };
    for (const [code, expected] of Object.entries(codes)) {
      const job = finish(stubbed(`fail:${code}`).train(jobIn(await temporaryFolder())));
      await expect(job).rejects.toMatchObject({
        code: expected,
        message: expect.stringContaining("as the test asked"),
      });
    }
  });

  it("refuses a folder of another contract, and leaves it as it is", async () => {
    const output = await temporaryFolder();
    writeFileSync(join(output, "job.json"), JSON.stringify({ contract: 2, fingerprint: "x" }));
    await expect(finish(stubbed("plain").train(jobIn(output)))).rejects.toMatchObject({ code: "run-version" });
    expect(readdirSync(output)).toEqual(["job.json"]);
  });

  it("refuses what TRL does not train, and says what instead", async () => {
    const job = { ...jobIn("x"), objective: "ppo", prompts: [], reward: { module: "x" } } as never;
    await expect(stubbed("plain").fingerprint(job)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("local engine"),
    });
  });

  it("shows its process where things are, and nothing that is secret", () => {
    const secret = { HF_TOKEN: "x", OPENAI_API_KEY: "x", DATABASE_URL: "x", PGPASS: "x", REGISTRY_AUTH: "x" };
    const env = pythonEnvironment({ ...secret, PATH: "/bin", CUDA_VISIBLE_DEVICES: "1", LC_ALL: "C" });
    expect(env).toMatchObject({ PATH: "/bin", CUDA_VISIBLE_DEVICES: "1", LC_ALL: "C", HF_HUB_OFFLINE: "1" });
    expect(Object.values(env)).not.toContain("x");
  });

  it("names a Python that is not there, or has not what it takes", async () => {
    const job = jobIn(await temporaryFolder());
    await expect(new PythonTrainer({ python: "/no/python" }).fingerprint(job)).rejects.toMatchObject({
      code: "package-missing",
      message: expect.stringContaining("precept python setup"),
    });
    await expect(new PythonTrainer({ python: process.execPath }).fingerprint(job)).rejects.toMatchObject({
      code: "package-missing",
    });
  });

  it("writes one job folder for one job, with token ids and the seeded adapter", async () => {
    const [a, b] = [await temporaryFolder(), await temporaryFolder()];
    const lora = { lora: { rank: 2 } };
    for (const output of [a, b]) await finish(stubbed("plain").train({ ...jobIn(output), ...lora }));
    for (const name of ["job.json", "plan.jsonl", "rows.jsonl", "initial-adapter/adapter_model.safetensors"])
      expect(readFileSync(join(a, name)).equals(readFileSync(join(b, name))), name).toBe(true);
    const [row = ""] = readFileSync(join(a, "rows.jsonl"), "utf8").split("\n");
    expect(JSON.parse(row)).toEqual({ id: "e0", tokens: [1, 9, 3, 2, 3, 14, 0], weights: [0, 0, 0, 0, 1, 1, 1] });
  });
});
