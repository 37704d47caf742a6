import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

const program = new URL("../../bin/precept.js", import.meta.url).pathname;
/** Of the kernel's clock, in which it counts processor time (sysconf(_SC_CLK_TCK) on Linux). */
const TICKS_PER_SECOND = 100;
const LOOK_MS = 100;

/** A project with one call for each prompt in its first stage. */
export async function writeOneCallProject(folder: string, url: string, prompts: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const file = createWriteStream(join(folder, "prompts.jsonl"));
  for (let index = 0; index < prompts; index++) {
    const messages = [{ role: "user", content: `Question ${index} about boats, ropes and the tide?` }];
    if (!file.write(`${JSON.stringify({ id: `p${index}`, kind: "helpful", messages })}\n`)) await once(file, "drain");
  }
  file.end();
  await finished(file);
  writeFileSync(
    join(folder, "constitution.yaml"),
    "name: fleet\nprinciples:\n  - id: calm\n    text: Choose the calmer response.\n  - id: short\n    text: Choose the shorter response.\n",
  );
  const config = {
    constitution: "constitution.yaml",
    models: { initial: { model: url, maxConcurrency: 64 } },
    prompts: "prompts.jsonl",
    rounds: 1,
    helpfulSamples: 1,
    concurrency: 128,
  };
  writeFileSync(join(folder, "precept.config.yaml"), JSON.stringify(config));
}

export interface FirstStage {
  /** Processor seconds of the process that merges and of its clients together, from start to the closed stage. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** Most resident memory of the process that merges (or works alone), and of any client, in MB. */
  readonly leadMb: number;
  readonly clientMb: number;
}

export interface FirstStageOptions {
  readonly out: string;
  readonly shards?: number;
  /** Called at every look with what is stored, in bytes; true where it has ended the run. */
  readonly disturb?: (bytes: number, pids: { readonly lead: number; readonly clients: readonly number[] }) => boolean;
}

/** `precept run` until its first stage is closed, then stopped as by Ctrl-C; or until `disturb` says that it is over. */
export async function runFirstStage(folder: string, { out, shards, disturb }: FirstStageOptions): Promise<FirstStage> {
  const run = join(folder, out);
  const fleet = shards === undefined ? [] : ["--shards", String(shards)];
  const child = spawn(process.execPath, [program, "run", "--json", "--out", run, ...fleet], {
    cwd: folder,
    env: { ...process.env, PRECEPT_CACHE: join(folder, `cache-${out}`) },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const exit = once(child, "exit");
  const started = performance.now();
  const seen = new Map<number, { readonly cpu: number; readonly mb: number }>();
  const lead = child.pid ?? 0;
  let isOver = false;
  void exit.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const clients = clientsOf(run);
    for (const pid of [lead, ...clients]) look(pid, seen);
    if (disturb?.(storedBytes(run), { lead, clients }) === true) break;
    if (isClosed(run)) {
      for (const pid of [lead, ...clients]) look(pid, seen);
      child.kill("SIGINT");
      break;
    }
    await sleep(LOOK_MS);
  }
  const wallSeconds = (performance.now() - started) / 1000;
  await exit;
  const others = [...seen].filter(([pid]) => pid !== lead).map(([, { mb }]) => mb);
  return {
    cpuSeconds: [...seen.values()].reduce((sum, { cpu }) => sum + cpu, 0),
    wallSeconds,
    leadMb: seen.get(lead)?.mb ?? 0,
    clientMb: Math.max(0, ...others),
  };
}

/** Process ids of a run's clients, as their locks name them. */
function clientsOf(run: string): number[] {
  return namesIn(join(run, "shards")).flatMap((name) => {
    const text = readText(join(run, "shards", name, "run.lock"));
    const pid = text === "" ? undefined : (JSON.parse(text) as { readonly pid: number }).pid;
    return pid === undefined || readText(`/proc/${pid}/stat`) === "" ? [] : [pid];
  });
}

function look(pid: number, seen: Map<number, { readonly cpu: number; readonly mb: number }>): void {
  const stat = readText(`/proc/${pid}/stat`);
  const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`))?.[1];
  if (stat === "" || peak === undefined) return;
  // proc(5): the fields after the name, utime and stime the 14th and 15th of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const cpu = (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  seen.set(pid, { cpu, mb: Number(peak) / 1000 });
}

/** Bytes that all clients have stored. */
function storedBytes(run: string): number {
  const stage = join(run, "sl-cai");
  return namesIn(stage)
    .filter((name) => /\.\d+-of-\d+\.partial\.jsonl$/.test(name))
    .reduce((sum, name) => sum + (statSync(join(stage, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

function isClosed(run: string): boolean {
  const text = readText(join(run, "manifest.json"));
  if (text === "") return false;
  const { stages } = JSON.parse(text) as { readonly stages: Record<string, { readonly status: string }> };
  return stages["sl-cai"]?.status === "done";
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // not there yet, or no longer
  }
}
