import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { precept, start, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";
import { constitution } from "./support/server-project.ts";

/** A project whose prompts make a few dozen batches. */
async function writeFleetProject() {
  const server = await spawnModelServer({ latency: { median: 60, sigma: 0.2 } });
  onTestFinished(() => server.stop());
  const folder = temporaryFolder();
  const prompts = Array.from({ length: 320 }, (_, i) =>
    JSON.stringify({ id: `p${i}`, prompt: `How do I open door ${i}?` }),
  );
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  writeFileSync(join(folder, "constitution.yaml"), constitution);
  writeFileSync(
    join(folder, "precept.config.yaml"),
    `constitution: constitution.yaml\nmodels:\n  initial: ${server.url}\nprompts:\n  redTeam: red.jsonl\nrounds: 1\nconcurrency: 32\n`,
  );
  return { server, folder };
}

/** Process ids of a run's clients, as their locks name them. */
function clientsOf(run: string): number[] {
  return readdirSync(join(run, "shards")).flatMap((name) => {
    try {
      return [Number(JSON.parse(readFileSync(join(run, "shards", name, "run.lock"), "utf8")).pid)];
    } catch {
      return [];
    }
  });
}

/** A lock may name a client that is gone. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // gone
  }
}

/** Until the clients have made so many batches of the first stage, or it is over: a busy machine may look too late. */
async function untilBatches(run: string, least: number): Promise<void> {
  while (!existsSync(join(run, "sl-cai", "records.jsonl"))) {
    try {
      const files = readdirSync(join(run, "sl-cai")).filter((file) => /\.\d+-of-\d+\.partial/.test(file));
      const lines = files.map((file) => readFileSync(join(run, "sl-cai", file), "utf8").split("\n").length - 2);
      if (lines.filter((n) => n > 0).reduce((sum, n) => sum + n, 0) >= least) return;
    } catch {
      // not begun
    }
    await sleep(20);
  }
}

const recordsOf = (run: string): string[] =>
  ["sl-cai", "ai-feedback"].map((stage) => readFileSync(join(run, stage, "records.jsonl"), "utf8"));

test("kill -9 of one client, then of all and of the process that merges: the same records, no answer asked for twice", async () => {
  const { server, folder } = await writeFleetProject();
  const env = { PRECEPT_CACHE: join(folder, "cache") };
  const own = (out: string, ...more: string[]) => ["run", "--json", "--out", join(folder, out), ...more];
  expect((await precept([...own("one"), "--no-cache"], { cwd: folder, env })).code).toBe(0);
  const undisturbed = (await server.stats()).received;
  const run = join(folder, "fleet");
  const first = start(own("fleet", "--shards", "3"), { cwd: folder, env });
  await untilBatches(run, 2);
  const [victim] = clientsOf(run);
  if (victim === undefined) throw new Error("no client is at work"); // and 0 would be this process's own group
  kill(victim);
  await untilBatches(run, 8);
  const clients = clientsOf(run);
  expect(clients.length).toBeGreaterThan(1);
  first.kill("SIGKILL");
  for (const pid of clients) kill(pid);
  await first.finished;
  const before = (await server.stats()).received;
  const last = await precept(own("fleet", "--shards", "4"), { cwd: folder, env });
  expect(last.stderr).toBe("");
  expect(last.code).toBe(0);
  expect(recordsOf(run)).toEqual(recordsOf(join(folder, "one")));
  const { received } = await server.stats();
  expect(before).toBeLessThan(received);
  // Asked twice is only what was under way at a kill: 32 calls of a client at most, in the two kills of one and of three.
  expect(received - undisturbed - undisturbed).toBeLessThan((1 + 3) * 32 + 40);
}, 300_000);

test("Ctrl-C in the process that merges ends all of them, and the same command goes on", async () => {
  const { folder } = await writeFleetProject();
  const env = { PRECEPT_CACHE: join(folder, "cache") };
  const args = ["run", "--json", "--out", join(folder, "fleet"), "--shards", "2"];
  const run = join(folder, "fleet");
  const first = start(args, { cwd: folder, env });
  await untilBatches(run, 2);
  const clients = clientsOf(run);
  first.kill("SIGINT");
  expect((await first.finished).code).toBe(130);
  for (const pid of clients) expect(() => process.kill(pid, 0)).toThrow();
  expect((await precept(args, { cwd: folder, env })).code).toBe(0);
}, 300_000);

test("a client that a person starts elsewhere waits for the run, does its share, and ends with it", async () => {
  const { folder } = await writeFleetProject();
  const env = { PRECEPT_CACHE: join(folder, "cache") };
  const run = join(folder, "fleet");
  const elsewhere = start(["run", "--shard", "2/2", "--out", run], { cwd: folder, env });
  await elsewhere.shows("waiting      for the run");
  const lead = await precept(["run", "--shards", "2", "--out", run], { cwd: folder, env });
  expect(lead.code).toBe(0);
  expect((await elsewhere.finished).stdout).toContain("client 2 of 2 is done");
  const other = await precept(["run", "--shard", "3/2", "--out", run], { cwd: folder, env });
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("expected a client and how many there are") });
  const none = await precept(["run", "--shards", "0", "--out", run], { cwd: folder, env });
  expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("expected 1 or more") });
}, 300_000);
