import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { precept, start, temporaryFolder } from "./cli.ts";
import { spawnModelServer } from "./support/model-server/process.ts";
import { constitution } from "./support/server-project.ts";

test("kill -9 of the process that merges alone: its clients end, and the run goes on without any", async () => {
  const server = await spawnModelServer({ latency: { median: 30, sigma: 0.2 } });
  onTestFinished(() => server.stop());
  const folder = temporaryFolder();
  const prompts = Array.from({ length: 160 }, (_, i) => JSON.stringify({ id: `p${i}`, prompt: `How is door ${i}?` }));
  writeFileSync(join(folder, "red.jsonl"), prompts.join("\n"));
  writeFileSync(join(folder, "constitution.yaml"), constitution);
  writeFileSync(
    join(folder, "precept.config.yaml"),
    `constitution: constitution.yaml\nmodels:\n  initial: ${server.url}\nprompts:\n  redTeam: red.jsonl\nrounds: 1\n`,
  );
  const run = join(folder, "run");
  const inFolder = { cwd: folder, env: { PRECEPT_CACHE: join(folder, "cache") } };
  const own = ["run", "--json", "--no-cache", "--out", run];
  const lead = start([...own, "--shards", "2"], inFolder);
  const stored = (): string[] =>
    existsSync(join(run, "sl-cai"))
      ? readdirSync(join(run, "sl-cai")).filter((file) => /-of-2\.partial/.test(file))
      : [];
  await vi.waitFor(() => expect(stored().length).toBeGreaterThan(0), { timeout: 60_000, interval: 20 });
  lead.kill("SIGKILL");
  await lead.finished;
  const { code, stderr } = await precept(own, inFolder);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(readFileSync(join(run, "sl-cai", "records.jsonl"), "utf8").split("\n").length).toBeGreaterThan(160);
}, 300_000);
