import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { hashText } from "../storage/hash.ts";
import { RecordLog } from "./record-log.ts";

const schema = z.object({ id: z.string(), value: z.number() });
const item = (id: string, value = 0) => ({ id, value });

describe("a log of records", () => {
  test("closes with its records in id order, whatever the order of the batches", async () => {
    const folder = temporaryFolder();
    const log = RecordLog.open(folder, "records", schema);
    await log.append("second", [item("c", 3), item("b", 2)]);
    await log.append("first", [item("a", 1)]);
    const hash = await log.close();
    const text = readFileSync(join(folder, "records.jsonl"), "utf8");
    expect(text).toBe('{"id":"a","value":1}\n{"id":"b","value":2}\n{"id":"c","value":3}\n');
    expect(hash).toBe(hashText(text));
  });

  test("remembers finished batches when it is opened again", async () => {
    const folder = temporaryFolder();
    const first = RecordLog.open(folder, "records", schema);
    await first.append("one", [item("a")]);
    first.release();
    const second = RecordLog.open(folder, "records", schema);
    expect(second.isDone("one")).toBe(true);
    expect(second.isDone("two")).toBe(false);
    expect(second.batch("one")).toEqual([item("a")]);
    await second.append("two", [item("b")]);
    expect(await Array.fromAsync(second.all())).toEqual([item("a"), item("b")]);
    second.release();
  });

  test("drops a line that a kill left half, and writes on from there", async () => {
    const folder = temporaryFolder();
    const first = RecordLog.open(folder, "records", schema);
    await first.append("one", [item("a")]);
    first.release();
    appendFileSync(join(folder, "records.partial.jsonl"), '{"batch":"two","records":[{"id":"b","va');
    const second = RecordLog.open(folder, "records", schema);
    expect(second.isDone("two")).toBe(false);
    await second.append("two", [item("b")]);
    second.release();
    const third = RecordLog.open(folder, "records", schema);
    expect(await Array.fromAsync(third.all())).toEqual([item("a"), item("b")]);
    third.release();
  });

  test("may be closed again by the process that resumes a stage killed between closing and the manifest", async () => {
    const folder = temporaryFolder();
    const first = RecordLog.open(folder, "records", schema);
    await first.append("one", [item("a")]);
    const hash = await first.close();
    expect(await RecordLog.open(folder, "records", schema).close()).toBe(hash);
  });

  test("refuses a batch twice, an id twice, and a record that does not fit", async () => {
    const log = RecordLog.open(temporaryFolder(), "records", schema);
    await log.append("one", [item("a")]);
    await expect(log.append("one", [item("b")])).rejects.toThrow("already there");
    await expect(log.append("two", [item("b"), item("b")])).rejects.toThrow("the id b twice");
    await expect(log.append("two", [item("b", Number.NaN)])).rejects.toThrow("does not fit");
    expect(await Array.fromAsync(log.all())).toEqual([item("a")]);
    expect(() => log.batch("two")).toThrow("not done");
    log.release();
  });

  test("does not close over an id that two batches have", async () => {
    const folder = temporaryFolder();
    const log = RecordLog.open(folder, "records", schema);
    await log.append("one", [item("a"), item("b")]);
    await log.append("two", [item("c"), item("b")]);
    await expect(log.close()).rejects.toThrow("the id b twice");
    expect(existsSync(join(folder, "records.jsonl"))).toBe(false);
    log.release();
  });

  test("names the line of a damaged log", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "records.partial.jsonl"), '{"batch":"one","records":[]}\nnonsense\n');
    expect(() => RecordLog.open(folder, "records", schema)).toThrow("line 2 is damaged");
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-records-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("one look at the files is for all who wait, however many batches they wait for", async () => {
  const folder = temporaryFolder();
  let looks = 0;
  const refuseAlone = (): void => {
    looks += 1;
  };
  const share = { client: "merge" as const, of: 1, refuseAlone };
  const merging = RecordLog.open(folder, "records", schema, { share });
  const client = RecordLog.open(folder, "records", schema, { share: { client: 1, of: 1 } });
  const ids = Array.from({ length: 100 }, (_, i) => `batch ${i}`);
  const waiting = Promise.all(ids.map((id) => merging.arrival(id)));
  await sleep(250);
  for (const [index, id] of ids.entries()) await client.append(id, [item(`r${index}`)]);
  await waiting;
  expect(ids.every((id) => merging.isDone(id))).toBe(true);
  // A look every tenth of a second, not a hundred of them.
  expect(looks).toBeLessThan(50);
  client.release();
  merging.release();
});
