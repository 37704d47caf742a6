import {
  cpSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { folderHash } from "./folder-hash.ts";
import { jobSchema, stepSchema } from "./job-folder.ts";
import { roundSchema } from "./round-schema.ts";

/**
 * Stands in for `python -m precept_job`: `node stub-engine.test-support.ts MODE FOLDER --attempt N …`. It learns nothing, the loss of
 * step n is 1 / n, and its state is the number of the step. MODE "hang" ignores every request to stop but SIGTERM, "deaf" that
 * one, too; "die:N" ends like a killed process after step N, "half:N" in the middle of a line, "fail:CODE" as a job that failed.
 */
async function main([mode = "", folder = "", , attempt = "1"]: readonly string[]): Promise<number> {
  const job = jobSchema.parse(JSON.parse(readFileSync(join(folder, "job.json"), "utf8")));
  const plan = readFileSync(join(folder, "plan.jsonl"), "utf8").trim().split("\n");
  const file = openSync(join(folder, `events-${attempt}.jsonl`), "ax");
  let seq = 0;
  const tell = (type: string, fields: object): void => {
    const event = { v: 1, seq: ++seq, at: new Date().toISOString(), type, ...fields };
    writeSync(file, `${JSON.stringify(event)}\n`);
  };
  const states = join(folder, "states");
  mkdirSync(states, { recursive: true });
  const from = Math.max(0, ...readdirSync(states).map(Number));
  const save = (step: number): void => {
    writeFileSync(join(states, String(step)), "");
    tell("state", { step });
  };
  let isAlone = false;
  process.stdin.on("end", () => {
    isAlone = true;
  });
  process.stdin.resume();
  if (mode === "deaf") process.on("SIGTERM", () => undefined);
  tell("hello", { versions: { stub: "1" }, pid: process.pid, device: "none", processes: 1 });
  if (from > 0) tell("rewind", { to: from });
  const [kind, value] = mode.split(":");
  if (kind === "fail") {
    tell("failed", { code: value, message: "as the test asked" });
    return 1;
  }
  const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  for (const line of plan.slice(from)) {
    const planned = JSON.parse(line) as unknown;
    const { rollouts } = job;
    if (rollouts !== undefined) {
      const { step, rows } = roundSchema.parse(planned);
      const file = `rollouts/step-${step}.jsonl`;
      const drawn = rows.flatMap((row) => Array.from({ length: rollouts.samples }, (_, i) => ({ row, ended: i > 0 })));
      mkdirSync(join(folder, "rollouts"), { recursive: true });
      const own = drawn.map((one) => JSON.stringify({ ...one, tokens: one.ended ? [3, 0] : [4], logprobs: [-1, -1] }));
      writeFileSync(join(folder, file), `${own.join("\n")}\n`);
      let scored = { scores: drawn.map(() => 1), rewards: drawn.map(() => 0) };
      if (rollouts.reward.kind === "asked") {
        tell("reward-request", { step, file });
        const { value: answer } = await answers.next();
        scored = JSON.parse(String(answer)) as typeof scored;
      }
      tell("rollouts", { step, file, scores: scored.scores, rewards: scored.rewards });
      if (step > job.steps) break;
    }
    const known = rollouts === undefined ? stepSchema.parse(planned) : { ...roundSchema.parse(planned), tokens: 1 };
    const { step, tokens, rate } = known;
    tell("step", { step, tokens, metrics: { loss: 1 / step, gradient_norm: 1, learning_rate: rate } });
    if (kind === "die" && step === Number(value)) process.kill(process.pid, "SIGKILL");
    if (kind === "half" && step === Number(value)) {
      writeSync(file, '{"v":1,"seq":99,"at":"20');
      process.kill(process.pid, "SIGKILL");
    }
    if (step % job.stateEvery === 0 && step < job.steps) save(step);
    if (kind === "slow" || kind === "hang" || kind === "deaf") await sleep(20);
    const isAsked = existsSync(join(folder, "cancel")) || isAlone;
    while (kind === "hang" || kind === "deaf") await sleep(20);
    if (isAsked && step < job.steps) {
      if (step % job.stateEvery !== 0) save(step);
      tell("stopped", { step });
      return 130;
    }
  }
  const checkpoint = join(folder, "checkpoint");
  rmSync(checkpoint, { recursive: true, force: true });
  cpSync(resolve(folder, job.initial), checkpoint, { recursive: true });
  const sha256 = await folderHash(checkpoint);
  const result = { contract: 1, fingerprint: job.fingerprint, sha256, steps: job.steps, tokens: 1, metrics: {} };
  writeFileSync(join(folder, "result.json"), JSON.stringify(result));
  tell("done", { checkpoint: "checkpoint", sha256, metrics: {} });
  return 0;
}

if (import.meta.main === true) process.exit(await main(process.argv.slice(2)));
