import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startModelServer } from "./support/model-server/server.ts";
import { runExample } from "./support/run-example.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-examples-"));
const committed = "models/harbor/checkpoint";
afterAll(() => rmSync(folder, { recursive: true }));

test("own-model: a response, and four critiques with their revisions", async () => {
  const server = await startModelServer();
  const records = (await runExample("own-model", [], { MODEL: server.url, PRECEPT_CACHE: join(folder, "cache") }))
    .trim()
    .split("\n");
  await server.close();
  const types = records.map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(["response", ...Array.from({ length: 4 }, () => ["critique", "revision"]).flat()]);
});

test("evaluate: every metric of harbor's benchmark with its interval", async () => {
  const output = await runExample("evaluate", [committed, "6"]);
  expect(output).toMatch(/^violation: \d\.\d{3} \[\d\.\d{3}, \d\.\d{3}\], n = \d+$/m);
  expect(output).toMatch(/^goldReward: /m);
});

test("compare: a checkpoint against itself tells no difference", async () => {
  const output = await runExample("compare", [committed, committed, "6"]);
  expect(output).toContain("40 prompts that both answered");
  expect(output).not.toMatch(/\| (better|worse|different) \|/);
});

test("train: the loss falls, and the model says what it learned about another thing", async () => {
  const lines = (await runExample("train", [join(folder, "train")])).trim().split("\n");
  const rows = readFileSync(join(folder, "train", "train", "metrics.jsonl"), "utf8")
    .trim()
    .split("\n");
  const losses = rows.map((row): number => JSON.parse(row).loss);
  expect(losses).toHaveLength(20);
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
  expect(lines.at(-1)).toMatch(/^good day \. pudding : food \. to make pudding for anna , mix \S+ and \S+ \./);
});
