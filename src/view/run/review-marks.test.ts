import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { appendMarks, hashRecord, type Mark, readReview, reviewPath } from "../../review/index.ts";
import { rng } from "../../rng.ts";
import { readRun } from "../../runs/index.ts";
import { Chains } from "../chains/chains.ts";
import { linesOf, randomChain, writeStages } from "../random-chains.test-support.ts";
import type { RawRecord } from "../segments/listing.ts";
import type { Reviewed } from "../source-review.ts";
import { OpenRun } from "./open-run.ts";
import { ReviewMarks } from "./review-marks.ts";

const root = mkdtempSync(join(tmpdir(), "precept-review-marks-"));
const chains = Array.from({ length: 30 }, (_, i) => randomChain(i));
/** Records of another stage, made from rows of the first. */
const later = chains.flatMap((records) =>
  records
    .filter(({ type }) => type === "sl-example")
    .map(({ id }) => ({ id: `after/${id}`, type: "comparison", parents: [id], schemaVersion: 1 })),
);
const records: readonly RawRecord[] = [...chains.flat(), ...later];
const opened: OpenRun[] = [];
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await Promise.all(opened.map((run) => run.close()));
  rmSync(root, { recursive: true });
});

async function open(name: string, marks: readonly Mark[]): Promise<OpenRun> {
  const folder = join(root, name);
  writeStages(folder, { "sl-cai": linesOf(chains), after: linesOf([later]) });
  if (marks.length > 0) appendMarks(folder, marks);
  const run = new OpenRun(folder);
  opened.push(run);
  for (const { index } of run.files) await index.wait(true);
  return run;
}

const mark = (record: RawRecord | undefined, by: string, what: Mark["mark"], note?: string): Mark => ({
  ...{ id: String(record?.["id"]), recordHash: hashRecord(record), mark: what, by, note },
  at: new Date(Date.UTC(2026, 10, 30)).toISOString(),
});

describe("marks of several people", () => {
  test.each([1, 2, 3])("come to what they come to for an export: seed %d", async (seed) => {
    const random = rng(seed, "marks");
    const said = Array.from({ length: 60 }, () =>
      mark(random.pick(records), random.pick(["ana", "ben", "cleo"]), random.pick(["drop", "drop", "keep", null])),
    );
    const run = await open(`several-${seed}`, said);
    const marks = new ReviewMarks(run);
    await marks.refresh();
    const { reached } = await readReview(readRun(run.folder));
    for (const record of records) {
      const wanted = reached.get(String(record["id"]))?.verdict ?? null;
      expect([record["id"], marks.ofRecord(record)?.verdict ?? null]).toEqual([record["id"], wanted]);
    }
    const rows = records.filter(({ type }) => type === "sl-example" || type === "comparison");
    const count = (verdict: string): number =>
      rows.filter(({ id }) => reached.get(String(id))?.verdict === verdict).length;
    expect(count("disputed")).toBeGreaterThan(0);
    expect(marks.summary()).toMatchObject({
      ...{ dropped: count("drop"), kept: count("keep"), disputed: count("disputed") },
    });
    // The list reads as its rows do.
    const list = new Chains(run, marks);
    for (const verdict of ["drop", "keep", "disputed"] as const) {
      const own = chains.filter((chain) => {
        const rowsOf = chain.filter(({ type }) => type === "sl-example");
        const deciding = rowsOf.length > 0 ? rowsOf : chain.filter(({ type }) => type === "response");
        return deciding.some(({ id }) => reached.get(String(id))?.verdict === verdict);
      });
      const page = await list.list({ facets: { review: [verdict] } }, { from: 0, n: 100 });
      expect(page.rows.map(({ id }) => id)).toEqual(own.map(([first]) => first?.["promptId"]));
      expect(page.rows.every(({ review }) => review?.verdict === verdict)).toBe(true);
    }
  });

  test("are told apart: what whoever sits here said, and what others said", async () => {
    const row = chains.flat().find(({ type }) => type === "sl-example");
    const response = chains.flat().find(({ type, promptId }) => type === "response" && promptId === row?.["promptId"]);
    const run = await open("two", [mark(row, "ana", "drop", "shouts"), mark(response, "ben", "keep")]);
    const ask = async (who: string): Promise<Reviewed | null> => {
      vi.stubEnv("USER", who);
      const marks = new ReviewMarks(run);
      await marks.refresh();
      return marks.ofRecord(row ?? {});
    };
    const ana = await ask("ana");
    expect(ana).toMatchObject({ verdict: "disputed", own: { mark: "drop", note: "shouts" } });
    expect(ana?.others.map(({ by, mark: what, id }) => [by, what, id])).toEqual([["ben", "keep", response?.["id"]]]);
    const ben = await ask("ben");
    expect([ben?.own, ben?.others.map(({ by, mark: what }) => `${by} ${what}`).sort()]).toEqual([
      null,
      ["ana drop", "ben keep"],
    ]);
  });

  test("that no longer fit their record count for nothing", async () => {
    const row = chains.flat().find(({ type }) => type === "sl-example");
    const run = await open("stale", [{ ...mark(row, "ana", "drop"), recordHash: "0".repeat(64) }]);
    const marks = new ReviewMarks(run);
    await marks.refresh();
    expect([marks.ofRecord(row ?? {}), marks.summary().dropped]).toEqual([null, 0]);
  });

  test("beside a damaged line count, and those whose record is gone do not; the line is named and stays", async () => {
    const [row, other] = records.filter(({ type }) => type === "sl-example");
    const gone = { ...mark(row, "ana", "drop", "gone"), id: "sl-cai/nobody/example-0" };
    const run = await open("damaged", [mark(row, "ana", "drop"), gone]);
    appendFileSync(reviewPath(run.folder), '{"schemaVersion":1,"note":"for nobody els');
    const marks = new ReviewMarks(run);
    await marks.refresh();
    expect(marks.notices.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Line 3 of review.jsonl is no mark\./),
    ]);
    expect(JSON.stringify(marks.notices)).not.toContain("for nobody");
    expect(marks.summary()).toMatchObject({ dropped: 2, notes: 0 });
    const summary = await marks.add([{ id: String(other?.["id"]), mark: "drop", note: null }]);
    expect(summary).toMatchObject({ dropped: 4 });
    const lines = readFileSync(reviewPath(run.folder), "utf8").split("\n");
    expect([lines.length, lines[2]]).toEqual([5, '{"schemaVersion":1,"note":"for nobody els']);
    const page = await new Chains(run, marks).list({ facets: { review: ["drop"] } }, { from: 0, n: 50 });
    expect([page.matching, page.notices]).toEqual([2, marks.notices]);
    rmSync(reviewPath(run.folder));
    mkdirSync(reviewPath(run.folder));
    await marks.refresh();
    expect(marks.notices.map(({ text }) => text)).toEqual([expect.stringContaining("No mark is shown")]);
  });
});
