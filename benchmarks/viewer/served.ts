import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { z } from "zod";

export interface Served {
  /** Of the pages, without the token. */
  readonly url: string;
  readonly token: string;
  readonly ask: (path: string) => Promise<{ readonly body: unknown; readonly ms: number }>;
  /** MiB held now and at most. */
  readonly memory: () => { readonly now: number; readonly peak: number };
  readonly stop: () => Promise<void>;
}

/** `precept view` on a run, in a process of its own, once it answers. */
export async function serveRun(folder: string): Promise<Served> {
  const child = spawn(process.execPath, ["bin/precept.js", "view", folder, "--json", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endWithUs(child);
  let said = "";
  const answer = z.object({ url: z.string(), link: z.string() });
  for await (const chunk of child.stdout) {
    said += String(chunk);
    if (said.endsWith("}\n")) break;
  }
  const { url, link } = answer.parse(JSON.parse(said));
  const token = link.slice(link.indexOf("token=") + 6);
  const headers = { "x-precept-token": token };
  return {
    url,
    token,
    ask: async (path) => {
      const start = performance.now();
      const response = await fetch(`${url}api/runs/${path}`, { headers });
      const body: unknown = await response.json();
      if (!response.ok) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
      return { body, ms: performance.now() - start };
    },
    memory: () => readMemory(child.pid),
    stop: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** A benchmark that fails leaves no server behind. */
export function endWithUs(child: ChildProcess): void {
  const end = (): void => void child.kill();
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
}

/** MiB of a process: resident now, and at most since its start. */
export function readMemory(pid: number | undefined): { readonly now: number; readonly peak: number } {
  const read = statusReader(pid);
  return { now: read("VmRSS"), peak: read("VmHWM") };
}

/** MiB of a process that are its own alone: what Chromium's task manager calls its footprint. */
export function readFootprint(pid: number): number {
  const read = statusReader(pid);
  return read("RssAnon") + read("VmSwap");
}

function statusReader(pid: number | undefined): (name: string) => number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return (name) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
}
