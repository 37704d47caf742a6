import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { canonicalJson, tryJson } from "../../storage/index.ts";
import { randomChain } from "../random-chains.test-support.ts";
import { RecordsIndex } from "./records-index.ts";

/** A log that grows, and its index under a clock that stands. */
function openLog() {
  const folder = mkdtempSync(join(tmpdir(), "precept-log-"));
  const path = join(folder, "records.partial.jsonl");
  writeFileSync(path, "");
  let time = 1000;
  const index = new RecordsIndex({ path, isPartial: true, listing: "sl-cai", kept: undefined }, () => time);
  onTestFinished(async () => {
    await index.close();
    rmSync(folder, { recursive: true });
  });
  const lineOf = (from: number, n = 1): string => {
    const records = Array.from({ length: n }, (_, i) => randomChain(from + i)).flat();
    return `${canonicalJson({ batch: `b-${from}`, records })}\n`;
  };
  return {
    ...{ path, index, lineOf },
    append: (from: number, n?: number): void => appendFileSync(path, lineOf(from, n)),
    pass: (ms: number): void => {
      time += ms;
    },
  };
}

/** Ids of all records, in the order of the index. */
function idsOf(index: RecordsIndex): unknown[] {
  return index.segments.flatMap((segment) =>
    Array.from({ length: segment.head.rows }, (_, i) => {
      const record = tryJson(index.read(segment.row(i)).toString());
      return (record as { readonly id?: unknown } | undefined)?.id;
    }),
  );
}

test("a log that grows all the time is read again only after a rest", async () => {
  const { index, append, pass } = openLog();
  append(0);
  await index.build();
  append(1);
  expect([index.items, index.isBehind]).toEqual([1, false]);
  pass(1000);
  expect(index.isBehind).toBe(true);
  await index.build();
  expect(index.items).toBe(2);
});

test("the rest is as long as the reading was", async () => {
  let time = 0;
  const { path, append } = openLog();
  append(0);
  // Each look at the clock takes a second: so does the reading.
  const slow = new RecordsIndex({ path, isPartial: true, listing: undefined, kept: undefined }, () => {
    time += 1000;
    return time;
  });
  await slow.build();
  append(1);
  const from = time;
  for (let looks = 0; !slow.isBehind && looks < 100; looks++);
  expect(time - from).toBeGreaterThan(5000);
  await slow.close();
});

test("of a log that grew three hundred times the segments are few, and what is shown never becomes less", async () => {
  const { index, append, pass } = openLog();
  let [most, read] = [0, 0];
  for (let i = 0; i < 300; i++) {
    append(i);
    pass(10_000);
    const shown = index.items;
    const building = index.build();
    expect(index.items).toBeGreaterThanOrEqual(shown);
    await building;
    expect(index.items).toBe(i + 1);
    most = Math.max(most, index.segments.length);
    const last = index.segments.at(-1)?.head;
    read += (last?.to ?? 0) - (last?.from ?? 0);
  }
  expect(most).toBeLessThanOrEqual(13);
  // Every byte is read again as often as a segment can double.
  expect(read / index.covered).toBeLessThan(10);
  expect(idsOf(index)).toEqual(Array.from({ length: 300 }, (_, i) => randomChain(i).map(({ id }) => id)).flat());
});

test.each([
  [
    "by another file",
    (path: string, text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    },
  ],
  ["in its place", (path: string, text: string) => writeFileSync(path, text)],
])("a log that was replaced %s is read anew, all of it", async (_, replace) => {
  const { index, path, append, pass, lineOf } = openLog();
  append(0, 3);
  append(3, 3);
  await index.build();
  expect(idsOf(index)).toHaveLength(Array.from({ length: 6 }, (_, i) => randomChain(i)).flat().length);
  const text = Array.from({ length: 30 }, (_, i) => lineOf(10 + i)).join("");
  replace(path, text);
  pass(10_000);
  await index.build();
  const records = Array.from({ length: 30 }, (_, i) => randomChain(10 + i)).flat();
  expect(idsOf(index)).toEqual(records.map(({ id }) => id));
  expect(index.failure).toBeUndefined();
});

test("a log that is large at first sight is read in a worker, and reading stops when nobody wants it", async () => {
  const { index, append } = openLog();
  for (let i = 0; i < 10; i++) append(100 * i, 100);
  const building = index.build();
  expect(index.items).toBeGreaterThan(0);
  await index.stop();
  await index.wait(true);
  await building;
  await index.close();
  expect(() => index.read({ at: 0, length: 1 })).toThrow("after it was closed");
});
