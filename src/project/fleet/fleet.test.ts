import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type ModelServer, startModelServer } from "../../../test/support/model-server/server.ts";
import { optionsOf, writeProject } from "../../../test/support/server-project.ts";
import { Interruption, PreceptError } from "../../errors.ts";
import { silentProgress } from "../../progress/index.ts";
import { readManifest } from "../../runs/index.ts";
import { readSpent } from "../../spending/index.ts";
import type { LoadedConfig } from "../config/config.ts";
import { joinProject, type RunProjectOptions, runProject } from "../run-project.ts";
import type { ClientEnd, StartClient } from "./clients.ts";

/** Batches of four prompts, so that a few dozen prompts are enough for several clients. */
const small = { rounds: 1, batch: { prompts: 4, pairs: 4 }, concurrency: 32 };

async function serve(settings = {}): Promise<ModelServer> {
  const server = await startModelServer(settings);
  onTestFinished(() => server.close());
  return server;
}

/** Clients in this process; `failing` says which throw at once, as if killed, and how often. */
function startHere(options: RunProjectOptions, failing = new Map<number, number>()): StartClient {
  return ({ client, of, budget }, onMessage) => {
    const controller = new AbortController();
    const left = failing.get(client) ?? 0;
    if (left > 0) {
      failing.set(client, left - 1);
      return {
        stop: () => undefined,
        leaveAlone: () => undefined,
        kill: () => undefined,
        ended: Promise.resolve({ kind: "killed", how: "SIGKILL" }),
      };
    }
    let isAlone = false;
    const refuseAlone = (): void => {
      if (isAlone) throw new Interruption("Waiting");
    };
    const own = { ...options, budget, progress: { ...silentProgress, message: onMessage }, signal: controller.signal };
    const ended = joinProject(own, { client, of, refuseAlone }).then(
      (): ClientEnd => ({ kind: "done" }),
      (error: unknown): ClientEnd => {
        if (error instanceof PreceptError) return { kind: "failed", error };
        throw error;
      },
    );
    const leaveAlone = (): void => {
      isAlone = true;
    };
    return { stop: () => controller.abort(), leaveAlone, kill: () => undefined, ended };
  };
}

interface Shared {
  readonly shards?: number;
  readonly changes?: Partial<RunProjectOptions>;
  readonly failing?: Map<number, number>;
}

function run(loaded: LoadedConfig, folder: string, { shards, changes, failing }: Shared = {}) {
  const options = { ...optionsOf(loaded, { cache: false }), folder: join(loaded.folder, folder), ...changes };
  const fleet = shards === undefined ? undefined : { shards, start: startHere(options, failing) };
  return runProject({ ...options, fleet });
}

const recordsOf = (loaded: LoadedConfig, folder: string): string[] =>
  ["sl-cai", "ai-feedback"].map((stage) => readFileSync(join(loaded.folder, folder, stage, "records.jsonl"), "utf8"));

test("three clients make the records of one, with as many calls, and the manifest knows them", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 24, small);
  await run(loaded, "one");
  const { received } = server.stats;
  const { summary } = await run(loaded, "three", { shards: 3 });
  expect(recordsOf(loaded, "three")).toEqual(recordsOf(loaded, "one"));
  const three = join(loaded.folder, "three");
  const calls = (folder: string): number =>
    Object.values(readSpent(join(folder, "spending.json"))).reduce((sum, spent) => sum + spent.calls, 0);
  expect(calls(three)).toBe(calls(join(loaded.folder, "one")));
  // What each client asks besides is what its endpoint can do, once for each model that it opens.
  expect(server.stats.received - received).toBeLessThan(received + 3 * 40);
  expect(readManifest(three)?.stages["sl-cai"]).toMatchObject({ status: "done", shards: 3 });
  expect(summary.spent["initial"]?.calls).toBe(
    readSpent(join(loaded.folder, "one", "spending.json"))["initial"]?.calls,
  );
  expect(existsSync(join(three, "shards", "fleet.json"))).toBe(false);
  expect(await run(loaded, "three")).toMatchObject({ summary: { slCai: { counts: { redTeamPrompts: 24 } } } });
});

test("another number of clients, or none, goes on with what is there, and asks nothing twice", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 24, small);
  await run(loaded, "one");
  const whole = readSpent(join(loaded.folder, "one", "spending.json"));
  const budget = { maxCalls: 50 };
  await expect(run(loaded, "many", { shards: 2, changes: { budget } })).rejects.toMatchObject({
    code: "budget-reached",
  });
  await expect(run(loaded, "many", { shards: 3, changes: { budget: { maxCalls: 100 } } })).rejects.toThrow(
    "of 100 calls",
  );
  await expect(run(loaded, "many", { changes: { budget: { maxCalls: 140 } } })).rejects.toThrow("of 140 calls");
  await run(loaded, "many", { shards: 5 });
  expect(recordsOf(loaded, "many")).toEqual(recordsOf(loaded, "one"));
  const sum = (spent: typeof whole): number => Object.values(spent).reduce((calls, own) => calls + own.calls, 0);
  const spent = readSpent(join(loaded.folder, "many", "spending.json"));
  // Batches that the limit broke off are asked anew without a cache: at most one of each process at work.
  expect(sum(spent) - sum(whole)).toBeLessThan(3 * 4 * 3 * 3);
  expect(sum(spent)).toBeGreaterThanOrEqual(sum(whole));
});

test("a limit of calls holds over all clients", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 24, small);
  await expect(run(loaded, "run", { shards: 3, changes: { budget: { maxCalls: 50 } } })).rejects.toThrow(
    "the budget is reached",
  );
  const spent = Object.values(readSpent(join(loaded.folder, "run", "spending.json")));
  const calls = spent.reduce((sum, own) => sum + own.calls, 0);
  expect(calls).toBeLessThanOrEqual(50);
  expect(calls).toBeGreaterThan(50 - 3 * 3);
});

test("a client that was killed is started again, and one that is killed again and again ends the run", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 12, small);
  await run(loaded, "one");
  const said: string[] = [];
  const progress = { ...silentProgress, message: (text: string) => void said.push(text) };
  await run(loaded, "twice", { shards: 2, failing: new Map([[2, 2]]), changes: { progress } });
  expect(said.join("\n")).toContain("client 2 of 2 ended (SIGKILL); it is started again");
  expect(recordsOf(loaded, "twice")).toEqual(recordsOf(loaded, "one"));
  await expect(run(loaded, "often", { shards: 2, failing: new Map([[2, 99]]) })).rejects.toThrow(
    "a client ended 4 times with nothing stored in between (SIGKILL)",
  );
  await run(loaded, "often");
  expect(recordsOf(loaded, "often")).toEqual(recordsOf(loaded, "one"));
});

test("each client has its own restarts: three kills of one and three of another end nothing", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 12, small);
  const failing = new Map([
    [1, 3],
    [2, 3],
  ]);
  await run(loaded, "run", { shards: 2, failing });
  await run(loaded, "one");
  expect(recordsOf(loaded, "run")).toEqual(recordsOf(loaded, "one"));
});

test("a client that does not listen is ended by SIGTERM, and at last by SIGKILL", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 12, small);
  const options = { ...optionsOf(loaded, { cache: false }), folder: join(loaded.folder, "run") };
  const got: string[] = [];
  const start: StartClient = (job, onMessage) => {
    const own = startHere(options)(job, onMessage);
    if (job.client === 1) return own;
    const { promise, resolve } = Promise.withResolvers<ClientEnd>();
    const kill = (signal: string): void => {
      got.push(signal);
      if (signal === "SIGKILL") resolve({ kind: "killed", how: signal });
    };
    return { ...own, kill, ended: promise };
  };
  await runProject({ ...options, fleet: { shards: 2, start, patience: { terminateMs: 20, killMs: 40 } } });
  expect(got).toEqual(["SIGTERM", "SIGKILL"]);
});

test("more clients than prompts: those without work wait and end", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 2, small);
  await run(loaded, "one");
  await run(loaded, "many", { shards: 7 });
  expect(recordsOf(loaded, "many")).toEqual(recordsOf(loaded, "one"));
});

test("Ctrl-C ends every client; the same run goes on", async () => {
  const server = await serve({ latency: { median: 5, sigma: 0.1 } });
  const loaded = writeProject(server.url, 24, small);
  await run(loaded, "one");
  const controller = new AbortController();
  const progress = { ...silentProgress, start: () => void setTimeout(() => controller.abort(), 300) };
  const stopped = run(loaded, "two", { shards: 2, changes: { signal: controller.signal, progress } });
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
  expect(existsSync(join(loaded.folder, "two", "shards", "1-of-2", "run.lock"))).toBe(false);
  await run(loaded, "two", { shards: 2 });
  expect(recordsOf(loaded, "two")).toEqual(recordsOf(loaded, "one"));
});

test("what a client made of other prompts is refused, and nothing of it is merged", async () => {
  const server = await serve();
  const loaded = writeProject(server.url, 12, small);
  await expect(run(loaded, "run", { shards: 2, changes: { budget: { maxCalls: 50 } } })).rejects.toThrow("budget");
  const own = join(loaded.folder, "run", "sl-cai", "records.1-of-2.partial.jsonl");
  const [head, ...lines] = readFileSync(own, "utf8").split("\n");
  expect(JSON.parse(head ?? "")).toEqual({ client: "1-of-2", inputs: expect.any(String) });
  writeFileSync(own, [JSON.stringify({ client: "1-of-2", inputs: "of another run" }), ...lines].join("\n"));
  await expect(run(loaded, "run")).rejects.toThrow("was made from other prompts, settings or models");
});

test("a project whose models run in its process is not shared, and a client of it opens no trainer and writes nothing", async () => {
  const loaded = writeProject("http://127.0.0.1:9/v1", 2, {
    models: { initial: "local:tuned", feedback: "http://127.0.0.1:9/v1" },
    training: { engine: "ray", ray: { address: "http://127.0.0.1:9", storage: "jobs" } },
  });
  await expect(run(loaded, "run", { shards: 2 })).rejects.toThrow(/local:tuned, which runs in this process/u);
  const client = { client: 1, of: 2 };
  await expect(joinProject(optionsOf(loaded), client)).rejects.toThrow("asked over the network");
  expect(existsSync(join(loaded.folder, "run"))).toBe(false);
});

test("a project on harbor is not shared", async () => {
  const loaded = writeProject("http://127.0.0.1:9/v1", 2);
  const onHarbor = { ...loaded, config: { ...loaded.config, world: { name: "harbor" as const } } };
  await expect(run(onHarbor, "run", { shards: 2 })).rejects.toThrow("leave out --shards");
});
