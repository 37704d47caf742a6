import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Lengths } from "../examples/lengths/lengths.ts";
import { lengthsRoom } from "../examples/lengths/served.ts";
import { servedRooms, wordsOf } from "../src/view/index.ts";
import { linesOf, randomChain, writeRun } from "../src/view/random-chains.test-support.ts";
import { RunSource } from "../src/view/server/run-source.ts";

const root = mkdtempSync(join(tmpdir(), "precept-lengths-"));
const source = new RunSource(root, [...servedRooms, lengthsRoom]);
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

const chains = Array.from({ length: 60 }, (_, i) => randomChain(i));
const roomsOf = async (run: string): Promise<string[]> => (await source.run(run)).rooms.map(({ room }) => room);

test("lengths of a run's answers are those of its records, read one by one", async () => {
  writeRun(join(root, "own"), linesOf(chains));
  expect(await roomsOf("own")).toContain("lengths");
  const page = (await source.answer("own", ["lengths"])) as Lengths;
  const lengths = chains.flatMap((records) => {
    const response = records.find(({ type }) => type === "response");
    const row = records.find(({ type, source: from }) => type === "sl-example" && from === "revision");
    if (row === undefined) return [];
    return [[wordsOf(String(response?.["response"])).length, wordsOf(String(row["completion"])).length] as const];
  });
  expect([page.chains, page.read]).toEqual([lengths.length, lengths.length]);
  const sum = (of: "shorter" | "longer" | "same"): number => page.principles.reduce((all, one) => all + one[of], 0);
  expect([sum("shorter"), sum("longer"), sum("same")]).toEqual([
    lengths.filter(([before, after]) => after < before).length,
    lengths.filter(([before, after]) => after > before).length,
    lengths.filter(([before, after]) => after === before).length,
  ]);
  expect(page.shrunk.length).toBe(Math.min(20, sum("shorter")));
  const shares = page.shrunk.map(({ before, after }) => after / before);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
});

test("a run without a revised row has no such room", async () => {
  const helpful = chains.filter((records) => records.every(({ source: from }) => from !== "revision"));
  writeRun(join(root, "helpful"), linesOf(helpful));
  expect(await roomsOf("helpful")).not.toContain("lengths");
});
