import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { rng } from "../../src/rng.ts";
import { hashText } from "../../src/storage/index.ts";
import { spawnModelServer } from "../../test/support/model-server/process.ts";

export interface KillResult {
  /** Times that the process was killed at work. */
  readonly kills: number;
  /** Of those runs that were killed and continued, how many ended with the bytes of the undisturbed one. */
  readonly equal: number;
  readonly runs: number;
}

const program = new URL("../../bin/precept.js", import.meta.url).pathname;
const files = [
  "sl-cai/records.jsonl",
  "ai-feedback/records.jsonl",
  "datasets/trl/sft.jsonl",
  "datasets/trl/preferences.jsonl",
];

/**
 * `precept run` killed with SIGKILL at `kills` random moments, `perRun` of them in one run, then continued to its end: the
 * data sets must have the bytes of an undisturbed run. No cache, so that nothing but the run's own records helps.
 */
export async function measureKills(kills: number, perRun = 5, prompts = 24): Promise<KillResult> {
  const server = await spawnModelServer({ latency: { median: 10, sigma: 0.3 } });
  const folder = mkdtempSync(join(tmpdir(), "precept-kills-"));
  try {
    writeProject(folder, server.url, prompts);
    let workMs = 0;
    await runUntil(folder, "whole", {
      worked: (ms) => {
        workMs = ms;
      },
    });
    const expected = hashes(join(folder, "whole"));
    const random = rng(1, "kill");
    let [killed, equal, runs] = [0, 0, 0];
    while (killed < kills) {
      const name = `run-${runs}`;
      const wanted = Math.min(perRun, kills - killed);
      let own = 0;
      for (let attempt = 0; attempt < 3 * wanted && own < wanted; attempt++) {
        if ((await runUntil(folder, name, { killAfterMs: random.next() * workMs })) === "done") break;
        own += 1;
      }
      await runUntil(folder, name);
      const isEqual = JSON.stringify(hashes(join(folder, name))) === JSON.stringify(expected);
      killed += own;
      runs += 1;
      if (isEqual) equal += own;
      rmSync(join(folder, name), { recursive: true });
    }
    return { kills: killed, equal, runs };
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeProject(folder: string, url: string, prompts: number): void {
  mkdirSync(folder, { recursive: true });
  const lines = Array.from({ length: prompts }, (_, i) => JSON.stringify({ prompt: `How do I open door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), lines.join("\n"));
  writeFileSync(
    join(folder, "constitution.yaml"),
    "name: kills\nprinciples:\n  - id: calm\n    text: Choose the calmer response.\n  - id: short\n    text: Choose the shorter response.\n",
  );
  writeFileSync(
    join(folder, "precept.config.yaml"),
    `constitution: constitution.yaml\nmodels:\n  initial: ${url}\nprompts:\n  redTeam: red.jsonl\nrounds: 2\n`,
  );
}

interface Ending {
  /** Milliseconds of work, from when the run is open, after which the process is killed. */
  readonly killAfterMs?: number;
  /** Is told how long the work took. */
  readonly worked?: (ms: number) => void;
}

/** Runs to the end, or until it is killed; a process that ends before its moment was not killed. */
async function runUntil(folder: string, out: string, { killAfterMs, worked }: Ending = {}): Promise<"done" | "killed"> {
  const args = [program, "run", "--json", "--no-cache", "--out", join(folder, out)];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  let isOver = false;
  const exit = once(child, "exit").finally(() => {
    isOver = true;
  });
  // The lock stands as soon as the run is open; work begins with it.
  while (!isOver && !existsSync(join(folder, out, "run.lock"))) await Promise.race([setTimeout(5), exit]);
  const since = performance.now();
  if (killAfterMs !== undefined) {
    await Promise.race([setTimeout(killAfterMs), exit]);
    child.kill("SIGKILL");
  }
  const [code, signal] = await exit;
  worked?.(performance.now() - since);
  if (signal === "SIGKILL") return "killed";
  if (code !== 0) throw new Error(`precept run ended with ${code}: ${said}`);
  return "done";
}

function hashes(run: string): Record<string, string> {
  return Object.fromEntries(files.map((file) => [file, hashText(readFileSync(join(run, file), "latin1"))]));
}
