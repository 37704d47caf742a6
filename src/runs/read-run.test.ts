import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { findRecord } from "./find-record.ts";
import { listRuns, overviewOf } from "./overview.ts";
import { findRecords, readRun } from "./read-run.ts";
import { Run } from "./run.ts";
import { defineStage, renameStage } from "./stage.ts";

const schema = z.object({ id: z.string(), type: z.string() });
const first = defineStage({ name: "features", after: [], records: { records: schema, games: schema } });
const second = renameStage(first, "features-2", ["features"]);

/** A run of two stages; the second is left open. */
async function makeRun(folder: string): Promise<void> {
  const manifest = { of: "two dictionaries", seed: 7, config: {}, inputs: {} };
  const run = await Run.open(folder, { kind: "dictionaries", manifest, command: "test" });
  await run.stage(first, "a", async (writer) => {
    for (const name of ["records", "games"] as const) {
      const log = await writer.records(name);
      await log.append(
        "all",
        [0, 1, 2].map((i) => ({ id: `features/${name}-${i}/end`, type: i === 2 ? "odd" : name })),
      );
      await log.close();
    }
    writer.summary({ seconds: 2, tokens: 10, tokensPerSecond: 5 });
  });
  const open = run.stage(second, "a", async () => {
    throw new Error("stopped");
  });
  await expect(open).rejects.toThrow("stopped");
  await run.close();
}

describe("a run of any kind", () => {
  test("is read with its stages in order and the records of each", async () => {
    const folder = join(temporaryFolder(), "run");
    await makeRun(folder);
    const run = readRun(folder);
    expect(run.stages.map(({ name, entry }) => [name, entry.status])).toEqual([
      ["features", "done"],
      ["features-2", "running"],
    ]);
    expect(run.stage("features")?.recordFiles).toEqual(["records", "games"]);
    expect((await Array.fromAsync(run.stage("features")?.records(schema, "games") ?? [])).length).toBe(3);
    expect(await Array.fromAsync(run.stage("features-2")?.records(schema) ?? [])).toEqual([]);
    expect(run.stage("nothing")).toBeUndefined();
    const named = await findRecords(run, new Set(["features/games-1/end", "unknown"]));
    expect([...named.values()].map(({ stage, file }) => [stage, file])).toEqual([["features", "games"]]);
  });

  test("is told with its records by type and what it took", async () => {
    const folder = join(temporaryFolder(), "run");
    await makeRun(folder);
    const { kind, of, stages, page } = await overviewOf(readRun(folder));
    expect([kind, of, page]).toEqual(["dictionaries", "two dictionaries", undefined]);
    expect(stages).toMatchObject([
      {
        ...{ name: "features", status: "done", records: { records: 2, games: 2, odd: 2 } },
        ...{ firstIds: { games: "features/games-0/end" }, cost: { seconds: 2, tokens: 10 } },
      },
      { name: "features-2", status: "running", after: ["features"], records: {} },
    ]);
  });

  test("is refused where there is none", () => {
    const folder = temporaryFolder();
    expect(() => readRun(folder)).toThrow("no manifest.json");
    expect(() => readRun(join(folder, "nowhere"))).toThrow("no such folder");
  });
});

describe("listing runs", () => {
  test("finds them at any depth, in checkpoints and data sets none, and says what it cannot read", async () => {
    const root = temporaryFolder();
    await makeRun(join(root, "a", "deep"));
    await makeRun(join(root, "a", "deep", "evaluations", "b"));
    await makeRun(join(root, "old"));
    const old = join(root, "old", "manifest.json");
    writeFileSync(
      old,
      readFileSync(old, "utf8")
        .replace('"format": 2', '"format": 1')
        .replace('"version": "0.2.0"', '"version": "0.1.0"'),
    );
    mkdirSync(join(root, "a", "deep", "checkpoint"));
    writeFileSync(join(root, "a", "deep", "checkpoint", "manifest.json"), "{}");
    const found = listRuns(root);
    const byFolder = new Map(found.map((run) => [run.folder.slice(root.length + 1), run]));
    expect([...byFolder.keys()].sort()).toEqual(["a/deep", "a/deep/evaluations/b", "old"]);
    expect(byFolder.get("old")).toMatchObject({ fault: "run format 1, made by precept 0.1.0" });
    expect(byFolder.get("a/deep")).toMatchObject({ kind: "dictionaries", of: "two dictionaries" });
    expect(byFolder.get("a/deep")?.sizeBytes).toBeGreaterThan(byFolder.get("a/deep/evaluations/b")?.sizeBytes ?? 0);
    expect(listRuns(join(root, "nowhere"))).toEqual([]);
  });
});

describe("finding a record", () => {
  test("by its id, its beginning or its end, where no other has the same", async () => {
    const folder = join(temporaryFolder(), "run");
    await makeRun(folder);
    const run = readRun(folder);
    const idOf = async (text: string): Promise<string> => (await findRecord(run, text)).record.id;
    expect(await idOf("features/games-1/end")).toBe("features/games-1/end");
    expect(await idOf("games-1/end")).toBe("features/games-1/end");
    expect(await idOf("features/games-2")).toBe("features/games-2/end");
    await expect(idOf("features/games")).rejects.toThrow("3 records whose ids begin or end with it");
    await expect(idOf("features/games-1/edn")).rejects.toThrow(/one of features\/games-1\/end/);
    await expect(idOf("games-2")).rejects.toThrow("one of features/games-2/end");
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-read-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
