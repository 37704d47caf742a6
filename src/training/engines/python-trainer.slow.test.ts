import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { findTrl, NO_TRL } from "../../../test/support/python.ts";
import { finish, temporaryFolder, tinyCheckpoint } from "../local/tiny.test-support.ts";
import type { SftJob } from "../trainer.ts";
import { attemptsIn, type EngineEvent, eventsIn } from "./events.ts";
import { examples } from "./parity.test-support.ts";
import { pythonEnvironment, pythonFolder } from "./python-home.ts";
import { PythonTrainer } from "./python-trainer.ts";

const python = findTrl();
if (python === undefined) process.stderr.write(`${NO_TRL}\n`);

const own = fileURLToPath(new URL("./train-process.test-support.ts", import.meta.url));

describe.skipIf(python === undefined)("training in Python", () => {
  let initial: string;
  /** What the job comes to when nothing disturbs it. */
  let undisturbed: string;

  /** An adapter with dropout: a state that forgot the random numbers would end elsewhere. */
  const jobIn = (output: string): SftJob => ({
    ...{ objective: "sft", initial, output, examples, epochs: 6, seed: 1, learningRate: 1e-2, batch: 2, length: 64 },
    ...{ lora: { rank: 4, dropout: 0.3 }, stateEvery: 7 },
  });

  beforeAll(async () => {
    initial = await tinyCheckpoint(3);
    const { result } = await finish(new PythonTrainer({ python }).train(jobIn(await temporaryFolder())));
    undisturbed = result.hash;
  });

  const pidOf = (events: readonly EngineEvent[]): number => {
    const hello = events.findLast((event) => event.type === "hello");
    if (hello?.type !== "hello") throw new Error("nobody said hello");
    return hello.pid;
  };

  it("goes on after a kill of the Python process, to the same bytes", async () => {
    const output = await temporaryFolder();
    const seen: number[] = [];
    const broken = (async () => {
      for await (const { step } of new PythonTrainer({ python }).train(jobIn(output))) {
        seen.push(step);
        if (step === 17) process.kill(pidOf(eventsIn(output)), "SIGKILL");
      }
    })();
    await expect(broken).rejects.toMatchObject({ code: "model-failed", message: expect.stringContaining("SIGKILL") });
    const { result, steps } = await finish(new PythonTrainer({ python }).train(jobIn(output)));
    expect([...seen, ...steps.map(({ step }) => step)]).toEqual(Array.from({ length: result.steps }, (_, i) => i + 1));
    expect(eventsIn(output).find(({ type }) => type === "rewind")).toBeDefined();
    expect(result.hash).toBe(undisturbed);
  });

  it("ends and saves when the process that started it is killed, and goes on to the same bytes", async () => {
    const output = await temporaryFolder();
    const file = join(await temporaryFolder(), "job.json");
    writeFileSync(file, JSON.stringify(jobIn(output)));
    const child = spawn(process.execPath, [own, file, python ?? ""], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (text: Buffer) => {
      if (text.toString().split("\n").includes("3")) child.kill("SIGKILL");
    });
    await new Promise((resolve) => child.once("exit", resolve));
    // At once, while the other one may still be saving: the second waits for it.
    const { result, steps } = await finish(new PythonTrainer({ python }).train(jobIn(output)));
    // What Python did while nobody listened is told now.
    expect(steps[0]?.step).toBeLessThanOrEqual(4);
    const first = steps[0]?.step ?? 0;
    expect(steps.map(({ step }) => step)).toEqual(
      Array.from({ length: result.steps - first + 1 }, (_, i) => first + i),
    );
    expect(attemptsIn(output)).toEqual([1, 2]);
    expect(result.hash).toBe(undisturbed);
  });

  it("passes its own tests: the contract, and every trap of TRL", () => {
    const words = ["-W", "ignore", "-m", "unittest", "test_precept_job", "test_rounds", "test_courier"];
    const { stderr } = spawnSync(python ?? "", words, {
      cwd: pythonFolder,
      env: pythonEnvironment(),
      encoding: "utf8",
    });
    expect(stderr.trim().split("\n").at(-1), stderr).toBe("OK");
  });
});
