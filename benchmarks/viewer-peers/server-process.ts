import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { endWithUs, readMemory } from "../viewer/served.ts";
import type { Opened } from "./contestant.ts";

export interface Command {
  readonly file: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
}

const patience = 120_000;

/** Starts a server on a port and waits until it answers. */
export async function startServer(command: Command, port: number, url: string): Promise<Opened> {
  const env = { ...process.env, ...command.env };
  const child = spawn(command.file, command.argv, { stdio: ["ignore", "ignore", "pipe"], env });
  endWithUs(child);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const start = performance.now();
  while (!(await isUp(port))) {
    if (child.exitCode !== null || performance.now() - start > patience) {
      child.kill("SIGKILL");
      throw new Error(`${command.file} ${command.argv.join(" ")} does not answer on port ${port}:\n${said}`);
    }
    await setTimeout(10);
  }
  return { url, memory: () => readMemory(child.pid).now, stop: () => stopProcess(child) };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  const closed = once(child, "exit");
  child.kill("SIGINT");
  const forced = setTimeout(5000, undefined, { ref: false }).then(() => child.kill("SIGKILL"));
  await Promise.race([closed, forced.then(() => closed)]);
}

async function isUp(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}

/** A port that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
