import { closeSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { canonicalJson } from "../../storage/index.ts";
import { chainListing } from "../chains/listing.ts";
import { openBelow } from "../open-files.test-support.ts";
import { randomChain } from "../random-chains.test-support.ts";
import { beginIndex, type Indexed, IndexWriter, openIndex } from "./index-file.ts";
import { segmentsOf } from "./read-file.ts";
import { RecordsIndex } from "./records-index.ts";

test("an index that was cut or damaged is none, keeps no file open, and is made anew", async () => {
  const run = mkdtempSync(join(tmpdir(), "precept-index-"));
  onTestFinished(() => rmSync(run, { recursive: true }));
  const path = join(run, "records.jsonl");
  const records = Array.from({ length: 60 }, (_, i) => randomChain(i)).flat();
  writeFileSync(path, records.map((record) => `${canonicalJson(record)}\n`).join(""));
  const bytes = readFileSync(path).length;
  const kept: Indexed = { run, stage: "sl-cai", file: "records", hash: "0123456789abcdef" };
  const begun = beginIndex(kept);
  if (begun === undefined) throw new Error("a new folder can be written");
  const writer = new IndexWriter(begun, kept, bytes);
  const place = begun.path;
  const sizes = { first: 3000, largest: 20_000 };
  for (const built of segmentsOf({ path, isPartial: false, listing: chainListing, bytes: sizes })) writer.add(built);
  writer.finish();
  closeSync(begun.file);
  const whole = readFileSync(place);
  const readItems = (): number | undefined => {
    const index = openIndex(kept, bytes);
    if (index !== undefined) closeSync(index.file);
    return index?.segments.reduce((sum, { n }) => sum + n, 0);
  };
  expect(readItems()).toBe(60);

  // At its half, and at every place nearby, between segments included.
  const cuts = Array.from({ length: 400 }, (_, i) => Math.floor((whole.length * i) / 400));
  for (const cut of [whole.length >> 1, whole.length - 1, 256, ...cuts]) {
    writeFileSync(place, whole.subarray(0, cut));
    expect(readItems(), `cut at ${cut}`).toBeUndefined();
  }
  for (const value of [0, -1, 1e300, Number.NaN]) {
    const damaged = Buffer.from(whole);
    damaged.writeDoubleLE(value, 256 + 8);
    writeFileSync(place, damaged);
    expect(readItems(), `a segment of ${value} bytes`).toBeUndefined();
  }
  expect(openBelow(run)).toEqual([]);

  writeFileSync(place, whole.subarray(0, whole.length >> 1));
  const index = new RecordsIndex({ path, isPartial: false, listing: "sl-cai", kept });
  expect([index.isWhole, index.segments]).toEqual([false, []]);
  await index.build();
  expect([index.failure, index.items, readItems()]).toEqual([undefined, 60, 60]);
  await index.close();
  expect(openBelow(run)).toEqual([]);
});
