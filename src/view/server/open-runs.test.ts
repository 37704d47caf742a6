import { cpSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { canonicalJson } from "../../storage/index.ts";
import { openBelow } from "../open-files.test-support.ts";
import { linesOf, randomChain, writeRun } from "../random-chains.test-support.ts";
import { RunSource } from "./run-source.ts";

const root = mkdtempSync(join(tmpdir(), "precept-open-"));
const names = ["a", "b", "c", "d", "e", "f"];
const chains = Array.from({ length: 12 }, (_, i) => randomChain(i));
const rows = { from: 0, n: 200 };
const everything = { facets: {} };
const patience = { timeout: 20_000, interval: 20 };

/** Every run with its index on disk, as it is found the next time. */
beforeAll(async () => {
  const [first = "", ...others] = names;
  writeRun(join(root, first), linesOf(chains));
  const source = new RunSource(root);
  await source.chains(first, everything, rows);
  const isKept = (): boolean => readdirSync(join(root, first, ".view")).some((file) => file.endsWith(".idx"));
  await vi.waitFor(() => expect(isKept()).toBe(true), patience);
  await source.close();
  for (const name of others) cpSync(join(root, first), join(root, name), { recursive: true });
}, 60_000);
afterAll(() => rmSync(root, { recursive: true }));

test("more runs than are held open are asked at once, and each is answered", async () => {
  const source = new RunSource(root);
  onTestFinished(() => source.close());
  const word = { facets: {}, words: "quay" };
  const expected = (await source.chains("a", word, rows)).rows.map(({ id }) => id);
  expect(expected.length).toBeGreaterThan(0);
  for (let round = 0; round < 5; round++) {
    const pages = await Promise.all(names.map((name) => source.chains(name, word, rows)));
    expect(pages.map((page) => page.rows.map(({ id }) => id))).toEqual(names.map(() => expected));
  }
});

test("a download goes on while other runs are opened, and every file is closed at the end", async () => {
  const source = new RunSource(root);
  const lines = await source.lines("a", ["records"]);
  if (lines === undefined) throw new Error("chains have records");
  const read = [String((await lines.next()).value)];
  for (const name of names.slice(1)) await source.chains(name, everything, rows);
  for await (const line of lines) read.push(String(line));
  expect(read.join("")).toBe(
    linesOf(chains)
      .map((line) => `${line}\n`)
      .join(""),
  );
  // Four that were asked for last are held; nothing else is.
  const held = new Set(openBelow(root).map((path) => path.slice(root.length + 1).split("/")[0]));
  expect(held.size).toBeLessThanOrEqual(4);
  await source.close();
  expect(openBelow(root)).toEqual([]);
  await expect(source.chains("a", everything, rows)).rejects.toThrow("was closed");
});

test("who reads a stage as it is closed reads to the end, and nobody waits for a log that is gone", async () => {
  const folder = join(root, "live");
  writeRun(folder, [], { status: "running", records: {} });
  rmSync(join(folder, "sl-cai", "records.jsonl"));
  const log = join(folder, "sl-cai", "records.partial.jsonl");
  const half = chains.slice(0, 6);
  writeFileSync(log, `${canonicalJson({ batch: "b", records: half.flat() })}\n`);
  const source = new RunSource(root);
  await expect.poll(async () => (await source.chains("live", everything, rows)).total, patience).toBe(6);
  const lines = await source.lines("live", ["records"]);
  if (lines === undefined) throw new Error("chains have records");
  const read = [String((await lines.next()).value)];
  writeRun(folder, linesOf(chains));
  utimesSync(join(folder, "manifest.json"), new Date(), new Date(Date.now() + 5000));
  rmSync(log);
  await expect.poll(async () => (await source.chains("live", everything, rows)).total, patience).toBe(12);
  for await (const line of lines) read.push(String(line));
  expect(read).toHaveLength(half.flat().length);
  await source.close();
  expect(openBelow(root)).toEqual([]);
  rmSync(folder, { recursive: true });
});
