import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { silentProgress } from "../progress/index.ts";
import { readManifest } from "../runs/index.ts";
import { type Fuse, testTrainer, writeCheckpoint } from "./bench.test-support.ts";
import { type TrainingRunOptions, trainRun } from "./training-run.ts";

let folder = "";
let options: TrainingRunOptions;
const fuse: Fuse = { left: Number.POSITIVE_INFINITY };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "precept-train-run-"));
  const initial = join(folder, "initial");
  await writeCheckpoint(initial, { answers: {}, slope: 1 });
  options = {
    folder: join(folder, "run"),
    job: {
      objective: "ppo",
      initial,
      seed: 3,
      prompts: [
        { id: "a", prompt: "respond Q=a" },
        { id: "b", prompt: "respond Q=b" },
      ],
      reward: { checkpoint: initial },
      steps: 4,
      rolloutsPerStep: 2,
      klCoefficient: 0.1,
      learningRate: 1e-3,
      maxTokens: 4,
    },
    trainer: testTrainer(fuse),
    command: "train ppo",
    progress: silentProgress,
  };
  fuse.left = Number.POSITIVE_INFINITY;
});

const metricsOf = (run: string) => readFile(join(run, "train", "metrics.jsonl"), "utf8");

describe("trainRun", () => {
  it("makes a run of the kind training, whose manifest has the settings and the data by size and hash", async () => {
    const result = await trainRun(options);
    expect(result).toMatchObject({
      objective: "ppo",
      steps: 4,
      checkpoint: join(options.folder, "train", "checkpoint"),
    });
    const manifest = readManifest(options.folder);
    expect(manifest).toMatchObject({ kind: "training", seed: 3, config: { objective: "ppo", steps: 4 } });
    expect(manifest?.of).toBe(`ppo of ${options.job.initial}`);
    expect(manifest?.config["prompts"]).toBe(2);
    expect(manifest?.inputs["prompts"]).toMatch(/^\w+/);
    expect(manifest?.stages["train"]).toMatchObject({ status: "done", after: [] });
  });

  it("continues after a death with the metrics of an undisturbed run, and does nothing again once it is done", async () => {
    const whole = await trainRun(options);
    const broken = { ...options, folder: join(folder, "broken") };
    fuse.left = 6; // In the third of four rounds; state is saved every second.
    await expect(trainRun(broken)).rejects.toThrow("pulled the plug");
    expect(readManifest(broken.folder)?.stages["train"]?.status).toBe("running");
    fuse.left = Number.POSITIVE_INFINITY;
    const { seconds: _a, checkpoint: _b, ...rest } = await trainRun(broken);
    expect(whole).toMatchObject(rest);
    expect(await metricsOf(broken.folder)).toBe(await metricsOf(options.folder));
    fuse.left = 0;
    expect(await trainRun(options)).toEqual(whole);
  });

  it("refuses to start from the folder that it writes to, and leaves what is there", async () => {
    const { checkpoint, hash } = await trainRun(options);
    for (const initial of [options.folder, checkpoint]) {
      const again = { ...options, job: { ...options.job, initial } };
      await expect(trainRun(again)).rejects.toMatchObject({ code: "usage" });
    }
    const reward = { checkpoint: options.folder };
    await expect(
      trainRun({ ...options, job: { ...options.job, reward } as TrainingRunOptions["job"] }),
    ).rejects.toThrow("--out");
    expect((await trainRun(options)).hash).toBe(hash);
  });

  it("trains anew when the job is another", async () => {
    const first = await trainRun(options);
    const { steps } = await trainRun({ ...options, job: { ...options.job, seed: 4 } });
    expect(steps).toBe(first.steps);
    expect(readManifest(options.folder)?.seed).toBe(4);
  });
});
