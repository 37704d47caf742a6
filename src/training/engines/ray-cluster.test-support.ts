import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Whether a Python has Ray Train. */
export const hasRay = (python: string): boolean =>
  spawnSync(python, ["-c", "import importlib.metadata as m; m.version('ray')"], { timeout: 60_000 }).status === 0;

/** A Ray of one node on this machine, on ports and in a folder of its own; ended by its process, never by `ray stop`. */
export class RayCluster {
  readonly address: string;
  /** With its token, as a client is given it. */
  readonly env: { readonly RAY_AUTH_TOKEN: string };
  readonly #head: ChildProcess;
  readonly #folder: string;

  private constructor(address: string, token: string, head: ChildProcess, folder: string) {
    this.address = address;
    this.env = { RAY_AUTH_TOKEN: token };
    this.#head = head;
    this.#folder = folder;
  }

  static async start(python: string): Promise<RayCluster> {
    // Short: sockets lie in it, whose paths have a hundred characters at most.
    const folder = mkdtempSync("/tmp/ry");
    const [port, dashboard, client, agent] = await findPorts(4);
    const log = openSync(join(folder, "head.log"), "w");
    const words = [
      ...["start", "--head", "--block", "--disable-usage-stats", "--num-cpus", "4", "--temp-dir", folder],
      ...["--dashboard-host", "127.0.0.1", "--dashboard-port", String(dashboard), "--port", String(port)],
      // Whoever reaches a Ray runs programs there: on loopback alone, and with a token.
      ...["--node-ip-address", "127.0.0.1"],
      ...["--ray-client-server-port", String(client), "--dashboard-agent-listen-port", String(agent)],
    ];
    const token = randomBytes(32).toString("hex");
    const env = {
      RAY_AUTH_MODE: "token",
      RAY_AUTH_TOKEN: token,
      PATH: `${dirname(python)}:${process.env["PATH"]}`,
      HOME: folder,
      // By default its processes give way to all others, and a node has a minute to start.
      RAY_worker_niceness: "0",
      RAY_raylet_start_wait_time_s: "300",
    };
    const head = spawn(join(dirname(python), "ray"), words, { env, stdio: ["ignore", log, log] });
    const cluster = new RayCluster(`http://127.0.0.1:${dashboard}`, token, head, folder);
    for (const start = Date.now(); Date.now() - start < 300_000 && head.exitCode === null; await sleep(1000)) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`${cluster.address}/api/version`, { headers }).catch(() => undefined);
      if (answer?.ok === true) return cluster;
    }
    await cluster.close();
    throw new Error("Ray did not start");
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#head.once("exit", resolve));
    if (this.#head.exitCode === null && this.#head.kill("SIGTERM")) await ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that nobody listens on. */
async function findPorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = servers.map(
    (server) =>
      new Promise<number>((resolve) => {
        server.listen(0, "127.0.0.1", () => {
          const address = server.address();
          resolve(typeof address === "object" && address !== null ? address.port : 0);
        });
      }),
  );
  const found = await Promise.all(ports);
  for (const server of servers) server.close();
  return found;
}
