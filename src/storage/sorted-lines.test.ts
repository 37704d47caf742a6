import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { rng } from "../rng.ts";
import { IdSet } from "./id-set.ts";
import { linesOfFile } from "./lines.ts";
import { sortedLines } from "./sorted-lines.ts";

test("the same order from runs on disk as in memory, and nothing left behind", () => {
  const folder = temporaryFolder();
  const ids = rng(1, "ids").shuffle(Array.from({ length: 500 }, (_, i) => `item-${i}`));
  const lines = ids.map((id) => ({ id, line: JSON.stringify({ id, text: "ö".repeat(30) }) }));
  const inMemory = [...sortedLines(lines, { temporary: join(folder, "memory") })];
  expect(inMemory.map(({ id }) => id)).toEqual([...ids].sort());
  for (const held of [900, 1]) {
    const onDisk = [...sortedLines(lines, { temporary: join(folder, "disk"), held })];
    expect(onDisk).toEqual(inMemory);
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("what fits into memory never touches the disk", () => {
  const folder = temporaryFolder();
  const lines = ["b", "a", "c"].map((id) => ({ id, line: "x".repeat(10) }));
  const sorted = sortedLines(lines, { temporary: join(folder, "s"), held: 34 });
  expect(sorted.next().value).toMatchObject({ id: "a" });
  expect(readdirSync(folder)).toEqual([]);
  const spilled = sortedLines(lines, { temporary: join(folder, "s"), held: 33 });
  expect(spilled.next().value).toMatchObject({ id: "a" });
  expect(readdirSync(folder)).toHaveLength(1);
  expect([...sorted, ...spilled]).toHaveLength(4);
  expect(readdirSync(folder)).toEqual([]);
});

test("few files at once, however many runs there are", () => {
  const folder = temporaryFolder();
  const lines = Array.from({ length: 5000 }, (_, i) => ({ id: String((i * 7919) % 5000), line: "{}" }));
  const sorted = sortedLines(lines, { temporary: join(folder, "s"), held: 1 });
  sorted.next();
  expect(readdirSync(folder).length).toBeLessThan(130);
  expect([...sorted].length).toBe(4999);
});

test("temporary files go when the reader stops early", () => {
  const folder = temporaryFolder();
  const lines = Array.from({ length: 50 }, (_, i) => ({ id: String(i), line: "x".repeat(100) }));
  const sorted = sortedLines(lines, { temporary: join(folder, "s"), held: 500 });
  sorted.next();
  expect(readdirSync(folder).length).toBeGreaterThan(2);
  sorted.return();
  expect(readdirSync(folder)).toEqual([]);
});

test("only a line feed ends a line, over the edges of pieces; half a line is none", () => {
  const folder = temporaryFolder();
  const path = join(folder, "text");
  const text = "one\u2028still one\ntwo\r\n\nähnlich\n";
  writeFileSync(path, `${text}half`);
  const file = openSync(path, "r");
  for (const piece of [1, 2, 3, 5, 1000]) {
    const lines = [...linesOfFile(file, piece)];
    expect(lines.map((line) => line.text)).toEqual(["one\u2028still one", "two\r", "", "ähnlich"]);
    expect(lines.at(-1)).toMatchObject({ start: Buffer.byteLength(text) - 9, length: 9 });
  }
  closeSync(file);
});

test("a set of ids knows each once, also when it grows", () => {
  const ids = new IdSet();
  for (let i = 0; i < 20_000; i++) expect(ids.add(`sl-cai/prompt-${i}/response-0`)).toBe(true);
  expect(ids.size).toBe(20_000);
  expect(ids.add("sl-cai/prompt-777/response-0")).toBe(false);
  expect([ids.has("sl-cai/prompt-19999/response-0"), ids.has("sl-cai/prompt-20000/response-0")]).toEqual([true, false]);
});

test("a set of ids knows where each was seen first", () => {
  const ids = new IdSet();
  for (let i = 1; i <= 3000; i++) ids.add(`id-${i}`, i);
  expect(ids.add("id-7", 9999)).toBe(false);
  for (const at of [1, 7, 512, 513, 1024, 2048, 3000]) expect(ids.placeOf(`id-${at}`)).toBe(at);
  expect([ids.placeOf("id-0"), ids.placeOf("")]).toEqual([undefined, undefined]);
  const unplaced = new IdSet();
  unplaced.add("a");
  expect([unplaced.placeOf("a"), unplaced.has("b"), unplaced.size]).toEqual([0, false, 1]);
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-lines-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
