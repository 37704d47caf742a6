import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hash32 } from "../../rng.ts";
import { canonicalJson } from "../../storage/index.ts";
import { chainListing } from "../chains/listing.ts";
import { principles, randomChain } from "../random-chains.test-support.ts";
import { segmentsOf } from "./read-file.ts";
import { Segment } from "./segment.ts";

const bytes = { first: 3000, largest: 20_000 };

function write(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-segments-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "records.jsonl"), text);
  return join(folder, "records.jsonl");
}

function read(path: string, isPartial = false, from = 0): Segment[] {
  const segments: Segment[] = [];
  for (const { resident, postings } of segmentsOf({ path, isPartial, listing: chainListing, bytes, from })) {
    const items = segments.reduce((sum, { n }) => sum + n, 0);
    segments.push(new Segment(resident, items, (start, end) => postings.subarray(start, end)));
  }
  return segments;
}

const chains = Array.from({ length: 60 }, (_, i) => randomChain(i));
const records = chains.flat();

/** Every row points at its own record, by its id and by its parents, and at the chain that it is of. */
function expectWhole(path: string, segments: readonly Segment[]): void {
  const file = readFileSync(path);
  const seen = segments.flatMap((segment) =>
    Array.from({ length: segment.head.rows }, (_, i) => {
      const row = segment.row(i);
      const record: Record<string, unknown> = JSON.parse(file.subarray(row.at, row.at + row.length).toString());
      expect(row).toMatchObject({ type: record["type"], round: record["round"] ?? 0 });
      expect(row.principle).toBe(record["principleId"] ?? undefined);
      expect(segment.rowsByHash("ids", hash32(String(record["id"])))).toContain(i);
      for (const parent of record["parents"] as string[]) {
        expect(segment.rowsByHash("parents", hash32(parent))).toContain(i);
      }
      const item = segment.itemOf(i);
      expect(item === undefined ? undefined : segment.rowsOf(item).n).toBe(
        records.filter(({ promptId }) => promptId === record["promptId"]).length,
      );
      return record["id"];
    }),
  );
  expect(seen.sort()).toEqual(records.map(({ id }) => id).sort());
}

test("a closed file falls into segments at the ends of chains, and every row leads to its record", () => {
  const path = write(records.map((record) => `${canonicalJson(record)}\n`).join(""));
  const segments = read(path);
  expect(segments.length).toBeGreaterThan(3);
  expect(segments.reduce((sum, { n }) => sum + n, 0)).toBe(chains.length);
  expect(segments.at(-1)?.head.to).toBe(readFileSync(path).length);
  expectWhole(path, segments);
});

test("so does a log that is still written, whose batches are in no order and whose last line is half", () => {
  const batches = [chains.slice(40), chains.slice(0, 25), [], chains.slice(25, 40)];
  const lines = batches.map(
    (batch, i) => `${canonicalJson({ batch: `red-team-${i}`, records: batch.flat().reverse() })}\n`,
  );
  const path = write(`${lines.join("")}{"batch":"half`);
  const segments = read(path, true);
  expectWhole(path, segments);
  const end = segments.at(-1)?.head.to ?? 0;
  expect(end).toBe(Buffer.byteLength(lines.join("")));
  // What is written later is read from there on.
  const further = `${canonicalJson({ batch: "more", records: randomChain(99) })}\n`;
  writeFileSync(path, lines.join("") + further);
  expect(read(path, true, end).map(({ head }) => [head.from, head.items])).toEqual([[end, 1]]);
});

test("a damaged line is counted by its number, everything else is there; so are records of a newer version", () => {
  const lines = records.map((record) => canonicalJson(record));
  const newer = canonicalJson({ ...randomChain(70)[0], schemaVersion: 2 });
  const path = write([...lines.slice(0, 2), "{nonsense", ...lines.slice(2), newer, '{"cut":'].join("\n"));
  const heads = read(path).map(({ head }) => head);
  expect(heads.flatMap(({ damaged }) => damaged.map(({ line }) => line))).toEqual([3, lines.length + 3]);
  expect(heads.reduce((sum, head) => sum + head.rows, 0)).toBe(records.length + 1);
  expect(heads.map(({ newer: versions }) => versions["2"] ?? 0).reduce((a, b) => a + b)).toBe(1);
  expect(heads.reduce((sum, { items }) => sum + items, 0)).toBe(chains.length);
});

test("a revision that puts words back is marked, and its chain is in the facet", () => {
  const texts = ["try to boil the soup now", "no , not that", "well , try to boil the soup"];
  const chain = randomChain(3).filter(({ type }) => type === "response");
  const [response] = chain;
  const revisions = [1, 2].map((round) => ({
    ...response,
    type: "revision",
    id: `sl-cai/p-00003/revision-${round}`,
    parents: ["sl-cai/p-00003/response-0"],
    principleId: principles[round],
    round,
    revision: texts[round],
    outcome: "usable",
    tripped: [],
    kind: undefined,
  }));
  const path = write(
    [{ ...response, response: texts[0] }, ...revisions].map((one) => `${canonicalJson(one)}\n`).join(""),
  );
  const [segment] = read(path);
  expect([0, 1, 2].map((row) => segment?.row(row).isMarked)).toEqual([false, false, true]);
  expect(segment?.bits("pattern", "put-back")).toEqual(Uint32Array.of(1));
});
