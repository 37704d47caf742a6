import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventLog } from "./event-log.ts";
import {
  type LogStore,
  openEvent,
  openStore,
  readLog,
  type SiteEvent,
  type StoredEvent,
  verifyChain,
} from "./index.ts";
import { startPostgres, type TestPostgres } from "./postgres.test-support.ts";
import { openSqlite } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "precept-store-"));
let postgres: TestPostgres | undefined;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => {
  postgres?.stop();
  rmSync(folder, { recursive: true });
});

const vote = (participant: string, at = 0): SiteEvent => ({
  kind: "vote",
  at,
  participant,
  statement: "1",
  vote: "pass",
});
const allOf = (store: LogStore): Promise<StoredEvent[]> => Array.fromAsync(readLog(store));

let names = 0;
const kinds = ["sqlite", "postgres"] as const;
describe.each(kinds)("a log in %s", (kind) => {
  const open = async (name: string): Promise<LogStore> =>
    openStore({ folder: join(folder, name), url: kind === "postgres" ? postgres?.url : undefined });
  const inStore = (title: string, check: (store: LogStore, name: string) => Promise<void>): void =>
    test(title, async ({ skip }) => {
      if (kind === "postgres" && postgres === undefined) skip("no PostgreSQL");
      const name = `${kind}-${names++}`;
      const store = await open(name);
      try {
        await check(store, name);
      } finally {
        await store.close();
      }
    });

  inStore("gives back what was written, in order, by pages", async (store) => {
    const events = Array.from({ length: 12_000 }, (_, i) => ({ event: vote(`p${i}`, i) }));
    const appended = await store.append(events);
    expect(appended).toEqual(events.map((_, i) => ({ seq: i + 1, isNew: true })));
    const lines = await allOf(store);
    expect(lines.map(openEvent)).toEqual(events.map(({ event }) => event));
    expect(await store.read(11_990, 5)).toEqual(lines.slice(11_990, 11_995));
    expect(await verifyChain(store)).toEqual({ head: await store.head(), erased: 0, fault: undefined });
  });

  inStore(
    "writes an event with a known key once, in one batch, in two, and after it was opened anew",
    async (store, name) => {
      expect(
        await store.append([{ event: vote("a"), key: "k" }, { event: vote("a"), key: "k" }, { event: vote("b") }]),
      ).toEqual([
        { seq: 1, isNew: true },
        { seq: 1, isNew: false },
        { seq: 2, isNew: true },
      ]);
      expect(await store.append([{ event: vote("a", 9), key: "k" }])).toEqual([{ seq: 1, isNew: false }]);
      if (kind === "sqlite") await store.close();
      const again = await open(name);
      expect(await again.append([{ event: vote("a", 9), key: "k" }])).toEqual([{ seq: 1, isNew: false }]);
      expect(await allOf(again)).toHaveLength(2);
      await again.close();
      if (kind === "sqlite") store.close = async () => undefined;
    },
  );

  inStore("erases bodies for good, and its chain still holds", async (store) => {
    await store.append([vote("gone"), vote("stays")].map((event, i) => ({ event, key: `k${i}` })));
    const before = await allOf(store);
    await store.append([{ event: { kind: "deletion", at: 0, erased: 1 } }], [1]);
    const lines = await allOf(store);
    expect(lines.map(openEvent)).toEqual([undefined, vote("stays"), { kind: "deletion", at: 0, erased: 1 }]);
    expect(lines.map(({ hash }) => hash).slice(0, 2)).toEqual(before.map(({ hash }) => hash));
    expect(await verifyChain(store)).toMatchObject({ erased: 1, fault: undefined });
    expect(JSON.stringify(lines)).not.toContain("gone");
  });

  inStore("keeps the first value of a name", async (store) => {
    expect(await Promise.all([store.keep("key", "one"), store.keep("key", "two")])).toEqual(["one", "one"]);
  });

  inStore(
    "commits what arrives together at once, tells each line once and in order, and answers each its own",
    async (store) => {
      const told: number[] = [];
      const log = new EventLog(store, ({ seq }) => told.push(seq));
      const answers = await Promise.all(
        Array.from({ length: 300 }, (_, i) => log.append([{ event: vote(`p${i}`), key: `k${i % 100}` }])),
      );
      expect(told).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
      const lines = await allOf(store);
      for (const [i, [answer]] of answers.entries()) {
        expect(answer?.isNew).toBe(i < 100);
        expect(openEvent(lines[(answer?.seq ?? 0) - 1] as StoredEvent)).toEqual(vote(`p${i % 100}`));
      }
    },
  );

  inStore("refuses a batch as a whole", async (store) => {
    const unwritable = { kind: "vote", at: Number.NaN } as unknown as SiteEvent;
    await expect(store.append([{ event: vote("a") }, { event: unwritable }])).rejects.toThrow("NaN");
    expect(await allOf(store)).toEqual([]);
    expect(await store.append([{ event: vote("a") }])).toEqual([{ seq: 1, isNew: true }]);
  });
});

test("two machines on one PostgreSQL write one chain, and each hears what the other wrote", async ({ skip }) => {
  if (postgres === undefined) return skip("no PostgreSQL");
  const { url } = postgres;
  const told: number[][] = [[], []];
  const logs = await Promise.all(
    told.map(async (seqs) => new EventLog(await openStore({ folder: "two", url }), ({ seq }) => seqs.push(seq))),
  );
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => logs[i % 2]?.append([{ event: vote(`p${i}`), key: `k${i >> 2}` }])),
  );
  for (const log of logs) await log.catchUp();
  expect(told).toEqual(told.map(() => Array.from({ length: 50 }, (_, i) => i + 1)));
  for (const log of logs) {
    expect(await verifyChain(log.store)).toMatchObject({ head: { seq: 50 }, fault: undefined });
    await log.close();
  }
});

describe("a file", () => {
  const fileIn = (name: string): string => join(folder, name, "log.sqlite");

  test("that another process writes is locked, and can be read", async () => {
    const store = await openStore({ folder: join(folder, "held") });
    await store.append([{ event: vote("a") }]);
    await expect(openStore({ folder: join(folder, "held") })).rejects.toMatchObject({ code: "run-locked" });
    const reader = await openStore({ folder: join(folder, "held"), isReadOnly: true });
    expect(await allOf(reader)).toHaveLength(1);
    await reader.close();
    await store.close();
  });

  test("that is not there cannot be read, and none is made", async () => {
    await expect(openStore({ folder: join(folder, "none"), isReadOnly: true })).rejects.toMatchObject({
      code: "usage",
    });
  });

  test("of another version, of another program, and no database are refused with what to do", async () => {
    const store = await openStore({ folder: join(folder, "older") });
    await store.close();
    const database = new DatabaseSync(fileIn("older"));
    database.exec("pragma user_version = 7");
    await expect(openStore({ folder: join(folder, "older") })).rejects.toMatchObject({
      code: "run-version",
      details: { found: "a log of version 7" },
    });
    database.exec("pragma user_version = 1; pragma application_id = 1");
    database.close();
    await expect(openStore({ folder: join(folder, "older") })).rejects.toThrow("a database of another program");
    writeFileSync(join(folder, "text.sqlite"), "no database, and long enough to be read as the head of one".repeat(20));
    await expect(openSqlite({ file: join(folder, "text.sqlite"), isReadOnly: false })).rejects.toMatchObject({
      code: "run-invalid",
    });
  });

  test("that is full says so, loses nothing before, and goes on once there is room", async () => {
    const file = fileIn("full");
    const store = await openSqlite({ file, isReadOnly: false, mostPages: 30 });
    let written = 0;
    const write = async (): Promise<void> => {
      for (; written < 2000; written++) await store.append([{ event: vote(`p${written}`), key: `k${written}` }]);
    };
    await expect(write()).rejects.toMatchObject({ code: "disk" });
    expect(written).toBeGreaterThan(10);
    expect(await allOf(store)).toHaveLength(written);
    await store.close();
    const again = await openSqlite({ file, isReadOnly: false });
    expect(await again.append([{ event: vote("more") }])).toEqual([{ seq: written + 1, isNew: true }]);
    expect(await verifyChain(again)).toMatchObject({ fault: undefined });
    await again.close();
  });

  test("that another program holds says so", async () => {
    const file = fileIn("busy");
    const store = await openSqlite({ file, isReadOnly: false, patienceMs: 50 });
    const other = new DatabaseSync(file);
    other.exec("begin immediate");
    await expect(store.append([{ event: vote("a") }])).rejects.toMatchObject({ code: "run-locked" });
    other.exec("rollback");
    other.close();
    expect(await store.append([{ event: vote("a") }])).toEqual([{ seq: 1, isNew: true }]);
    await store.close();
  });

  test.each([
    ["changed", "update events set body = replace(body, 'p2', 'p9') where seq = 2", "event 2 was changed"],
    ["dropped", "delete from events where seq = 2", "event 2 is missing"],
    ["put in another order", "update events set hash = '0' where seq = 3", "event 3 does not follow the chain"],
  ])("of which an event was %s is found out", async (name, change, fault) => {
    const file = fileIn(`forged-${name}`);
    const store = await openSqlite({ file, isReadOnly: false });
    await store.append([1, 2, 3, 4].map((i) => ({ event: vote(`p${i}`) })));
    await store.close();
    const database = new DatabaseSync(file);
    database.exec(change);
    database.close();
    const reader = await openSqlite({ file, isReadOnly: true });
    expect((await verifyChain(reader)).fault).toBe(fault);
    await reader.close();
  });
});
