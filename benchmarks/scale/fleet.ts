import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { spawnModelServer } from "../../test/support/model-server/process.ts";
import { type FirstStage, runFirstStage, writeOneCallProject } from "./fleet-run.ts";

export interface FleetJob {
  readonly scratch: string;
  /** Calls of the run that is killed and resumed; a tenth of them is what memory is compared with. */
  readonly calls: number;
  /** Prompts that are planned; a tenth of them is what memory is compared with. */
  readonly prompts: number;
}

const CLIENTS = 4;
const latency = { median: 20, sigma: 0.3 };
const program = new URL("../../bin/precept.js", import.meta.url).pathname;

/** Several clients against one stand-in server: calls, processor time, memory, kills, and the merge. */
export async function measureFleet(job: FleetJob): Promise<string> {
  const server = await spawnModelServer({ latency });
  /** Calls that the server received while something ran. */
  const received = async <T>(body: () => Promise<T>): Promise<{ readonly result: T; readonly calls: number }> => {
    const before = (await server.stats()).received;
    const result = await body();
    return { result, calls: (await server.stats()).received - before };
  };
  try {
    const tenth = Math.round(job.calls / 10);
    const small = await compareClients(job.scratch, server.url, Math.round(tenth / 5), received);
    const large = await compareClients(job.scratch, server.url, tenth, received);
    const killed = await runKilled(job.scratch, server.url, job.calls, received);
    const plans = [job.prompts / 10, job.prompts].map((prompts) => planMb(job.scratch, server.url, prompts));
    return [
      shareTable(tenth, small, large),
      "",
      memoryTable(job, large.four.result, killed, await Promise.all(plans)),
    ].join("\n");
  } finally {
    await server.stop();
  }
}

type Received = <T>(body: () => Promise<T>) => Promise<{ readonly result: T; readonly calls: number }>;

interface Compared {
  readonly prompts: number;
  readonly one: { readonly result: FirstStage; readonly calls: number };
  readonly four: { readonly result: FirstStage; readonly calls: number };
  readonly isSame: boolean;
}

/** The same prompts by one process and by several. */
async function compareClients(scratch: string, url: string, prompts: number, received: Received): Promise<Compared> {
  const folder = join(scratch, `prompts-${prompts}`);
  rmSync(folder, { recursive: true, force: true });
  await writeOneCallProject(folder, url, prompts);
  const one = await received(() => runFirstStage(folder, { out: "one" }));
  const four = await received(() => runFirstStage(folder, { out: "four", shards: CLIENTS }));
  const hash = (out: string): string =>
    createHash("sha256")
      .update(readFileSync(join(folder, out, "sl-cai/records.jsonl")))
      .digest("hex");
  return { prompts, one, four, isSame: hash("one") === hash("four") };
}

interface Killed {
  readonly peaks: FirstStage;
  readonly calls: number;
  /** Records of the merge; whether their ids rise; responses among them. */
  readonly merged: { readonly records: number; readonly isSorted: boolean; readonly responses: number };
}

/** Many prompts, of which a client is killed after a third and everybody after two thirds; then three clients go on. */
async function runKilled(scratch: string, url: string, calls: number, received: Received): Promise<Killed> {
  const folder = join(scratch, `prompts-${calls}`);
  rmSync(folder, { recursive: true, force: true });
  await writeOneCallProject(folder, url, calls);
  // Of the partial files of a smaller run's records; the merge has the same lines.
  const sample = statSync(join(scratch, `prompts-${Math.round(calls / 10)}`, "four/sl-cai/records.jsonl")).size;
  const whole = sample * 10;
  let kills = 0;
  const { result, calls: all } = await received(async () => {
    const first = await runFirstStage(folder, {
      out: "run",
      shards: CLIENTS,
      disturb: (bytes, { lead, clients }) => {
        if (kills === 0 && bytes > whole / 3) {
          process.kill(clients[0] ?? 0, "SIGKILL");
          kills = 1;
        }
        if (bytes < (2 * whole) / 3) return false;
        for (const pid of [lead, ...clients]) process.kill(pid, "SIGKILL");
        return true;
      },
    });
    const second = await runFirstStage(folder, { out: "run", shards: CLIENTS - 1 });
    return {
      ...second,
      leadMb: Math.max(first.leadMb, second.leadMb),
      clientMb: Math.max(first.clientMb, second.clientMb),
    };
  });
  const path = join(folder, "run/sl-cai/records.jsonl");
  return { peaks: result, calls: all, merged: await checkMerge(path) };
}

async function checkMerge(path: string): Promise<Killed["merged"]> {
  let [records, responses, isSorted, before] = [0, 0, true, ""];
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    const { id, type } = JSON.parse(line) as { readonly id: string; readonly type: string };
    if (id <= before) isSorted = false;
    before = id;
    records += 1;
    if (type === "response") responses += 1;
  }
  return { records, isSorted, responses };
}

/** Most memory of `precept plan` over so many prompts, in MB. */
async function planMb(scratch: string, url: string, prompts: number): Promise<number> {
  const folder = join(scratch, `plan-${prompts}`);
  if (!existsSync(join(folder, "precept.config.yaml"))) await writeOneCallProject(folder, url, prompts);
  const plan = spawnSync(process.execPath, [program, "plan", "--json"], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(atExit)}` },
    encoding: "utf8",
  });
  const peak = /PEAK (\d+)/.exec(plan.stderr)?.[1];
  if (plan.status !== 0 || peak === undefined)
    throw new Error(`precept plan ended with ${plan.status}: ${plan.stderr}`);
  return Number(peak) / 1000;
}

/** Says the most memory of a process when it ends. */
const atExit =
  'import{readFileSync}from"node:fs";process.on("exit",()=>{process.stderr.write("PEAK "+/VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status","utf8"))[1])})';

function shareTable(prompts: number, small: Compared, large: Compared): string {
  const cpuPerCall = (name: "one" | "four"): number =>
    (1000 * (large[name].result.cpuSeconds - small[name].result.cpuSeconds)) / (large.prompts - small.prompts);
  const row = (name: "one" | "four", label: string): string => {
    const { result, calls } = large[name];
    const beyond = calls - prompts;
    return `| ${label} | ${count(calls)} (${beyond} beyond the prompts) | ${cpuPerCall(name).toFixed(2)} ms | ${count(prompts / result.wallSeconds)} | ${large.isSame ? "the same bytes" : "**other bytes**"} |`;
  };
  return [
    `${count(prompts)} prompts, one call each, against one stand-in server with answers after ${latency.median} ms; ${availableParallelism()} cores, shared with the server and with other work:`,
    "",
    "| | calls that the server received | processor time per call, all processes | calls per second, from start to end | records |",
    "| --- | --- | --- | --- | --- |",
    row("one", "one process"),
    row("four", `${CLIENTS} clients and the merging process`),
    "",
    `Processor time per call is the difference between ${count(small.prompts)} and ${count(large.prompts)} prompts, so that starting the processes is not in it: ${(cpuPerCall("four") / cpuPerCall("one")).toFixed(2)} times that of one process. Calls beyond the prompts ask what the endpoint can do.`,
  ].join("\n");
}

function memoryTable(
  job: FleetJob,
  tenth: FirstStage,
  killed: Killed,
  [planTenth = 0, planWhole = 0]: readonly number[],
): string {
  const growth = (before: number, after: number): string =>
    `${before.toFixed(0)} → ${after.toFixed(0)} MB (${(100 * (after / before - 1)).toFixed(0)} %)`;
  const { merged, peaks, calls } = killed;
  return [
    `${count(job.calls)} prompts; one client killed by \`kill -9\` after a third, all processes after two thirds, then the same command with ${CLIENTS - 1} clients:`,
    "",
    "| figure | |",
    "| --- | --- |",
    `| records after the merge | ${count(merged.records)}, ${merged.isSorted ? "in order of their ids" : "**not in order**"}; ${count(merged.responses)} answers to ${count(job.calls)} prompts |`,
    `| calls that the server received | ${count(calls)}: ${count(calls - job.calls)} beyond the prompts, those under way at a kill among them |`,
    `| most memory of a client, ${count(job.calls / 10)} → ${count(job.calls)} prompts | ${growth(tenth.clientMb, peaks.clientMb)} |`,
    `| most memory of the merging process | ${growth(tenth.leadMb, peaks.leadMb)} |`,
    `| most memory of \`precept plan\`, ${count(job.prompts / 10)} → ${count(job.prompts)} prompts | ${growth(planTenth, planWhole)} |`,
  ].join("\n");
}

function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}
