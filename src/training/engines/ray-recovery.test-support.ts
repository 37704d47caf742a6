import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { interrupt, temporaryFolder } from "../local/tiny.test-support.ts";
import type { SftJob } from "../trainer.ts";
import { eventsIn } from "./events.ts";
import { examples } from "./parity.test-support.ts";
import { RayTrainer, type RayTrainerOptions } from "./ray-trainer.ts";

/** What became of a job that was disturbed. */
export interface Recovery {
  readonly hash: string;
  readonly steps: number;
  readonly seconds: number;
  /** Told, each once and in order. */
  readonly told: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
}

export type Disturbance = "none" | "worker" | "stop" | "client";

const own = fileURLToPath(new URL("./train-process.test-support.ts", import.meta.url));
const patience = { eventsMs: 200, jobMs: 2000, stopMs: 60_000, silenceMs: 300_000, roomMs: 60_000 };

/** An adapter with dropout: a state that forgot the random numbers would end elsewhere. */
export const recoveryJob = (initial: string, output: string, signal?: AbortSignal): SftJob => ({
  ...{ objective: "sft", initial, output, examples, epochs: 24, seed: 1, learningRate: 1e-2, batch: 2, length: 64 },
  ...{ lora: { rank: 4, dropout: 0.3 }, stateEvery: 10, signal },
});

/** Trains on a cluster, disturbed once about step 25, each time on a storage of its own. */
export async function recover(
  disturbance: Disturbance,
  initial: string,
  options: Omit<RayTrainerOptions, "storage">,
): Promise<Recovery> {
  const own = { ...options, storage: await temporaryFolder() };
  const output = await temporaryFolder();
  const start = performance.now();
  const told: number[] = [];
  if (disturbance === "stop") {
    const controller = new AbortController();
    const job = recoveryJob(initial, output, controller.signal);
    const last = await interrupt(new RayTrainer(own, patience).train(job), 25, controller);
    told.push(...Array.from({ length: last }, (_, i) => i + 1));
  }
  if (disturbance === "client") {
    const last = await killClient(recoveryJob(initial, output), own);
    told.push(...Array.from({ length: last }, (_, i) => i + 1));
  }
  const training = new RayTrainer(own, patience).train(recoveryJob(initial, output));
  let isDisturbed = disturbance !== "worker";
  for (;;) {
    const next = await training.next();
    if (next.done === true) {
      const { hash, steps, metrics } = next.value;
      return { hash, steps, seconds: (performance.now() - start) / 1000, told, metrics };
    }
    told.push(next.value.step);
    if (isDisturbed || next.value.step < 25) continue;
    isDisturbed = true;
    const hello = eventsIn(output).findLast((event) => event.type === "hello");
    if (hello?.type === "hello") process.kill(hello.pid, "SIGKILL");
  }
}

/** The last step that a process told before it was killed. */
async function killClient(job: SftJob, options: RayTrainerOptions): Promise<number> {
  const file = join(await temporaryFolder(), "job.json");
  writeFileSync(file, JSON.stringify(job));
  const child = spawn(process.execPath, [own, file, "", JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = 0;
  child.stdout.on("data", (text: Buffer) => {
    for (const line of text.toString().trim().split("\n")) last = Math.max(last, Number(line));
    if (last >= 25) child.kill("SIGKILL");
  });
  await new Promise((resolve) => child.once("exit", resolve));
  return last;
}
