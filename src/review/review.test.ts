import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import {
  appendMarks,
  hashRecord,
  type Mark,
  namePerson,
  readMarks,
  readSoundMarks,
  reviewPath,
  reviewRecords,
} from "./index.ts";

const record = (id: string, type: string, ...parents: string[]) => ({ id, type, parents });
/** Two chains: in the first a critique leads to a revision, and that to a row. */
const records = [
  record("a/critique-1", "critique", "a/response"),
  record("a/example-0", "sl-example", "a/response"),
  record("a/example-1", "sl-example", "a/revision-1"),
  record("a/response", "response", "a"),
  record("a/revision-1", "revision", "a/response", "a/critique-1"),
  record("b/example-0", "sl-example", "b/response"),
  record("b/response", "response", "b"),
];
let minute = 0;
const mark = (id: string, what: Mark["mark"], more: Partial<Mark> = {}): Mark => ({
  id,
  recordHash: hashRecord(records.find((own) => own.id === id) ?? id),
  mark: what,
  by: "ana",
  at: new Date(Date.UTC(2026, 10, 30, 9, minute++)).toISOString(),
  ...more,
});
const verdicts = async (...marks: Mark[]) => {
  const { reached } = await reviewRecords(marks, () => records);
  return Object.fromEntries([...reached].map(([id, { verdict }]) => [id, verdict]));
};

describe("a mark", () => {
  test("reaches what was made from its record, and nothing beside it", async () => {
    expect(await verdicts(mark("a/critique-1", "drop"))).toEqual({
      "a/critique-1": "drop",
      "a/example-1": "drop",
      "a/revision-1": "drop",
    });
    const { marks } = await reviewRecords([mark("a/response", "keep")], () => records);
    expect(marks[0]).toMatchObject({
      record: "fits",
      reaches: { response: 1, critique: 1, revision: 1, "sl-example": 2 },
    });
  });

  test("gives way to a nearer one of the same person; of two as near, the one that drops counts", async () => {
    const all = await verdicts(mark("a/response", "drop"), mark("a/example-1", "keep"));
    expect(all).toMatchObject({ "a/example-0": "drop", "a/revision-1": "drop", "a/example-1": "keep" });
    const parents = [mark("a/response", "keep"), mark("a/critique-1", "drop")];
    for (const order of [parents, parents.toReversed()]) {
      expect(await verdicts(...order)).toMatchObject({ "a/revision-1": "drop", "a/example-0": "keep" });
    }
  });

  test("of two people who disagree leaves the record where it is, even from further up", async () => {
    const said = [mark("a/example-1", "drop"), mark("a/revision-1", "keep", { by: "ben" })];
    const { reached } = await reviewRecords(said, () => records);
    expect(reached.get("a/example-1")).toMatchObject({ verdict: "disputed", marks: said });
    expect(reached.get("a/revision-1")?.verdict).toBe("keep");
  });

  test("whose record was made again, or is gone, is listed and reaches nothing", async () => {
    const said = [
      mark("a/example-1", "drop", { recordHash: "0".repeat(64) }),
      mark("c/example-1", "drop"),
      mark("b/example-0", "drop"),
    ];
    const { marks, reached } = await reviewRecords(said, () => records);
    expect(marks.map((own) => [own.record, own.reaches])).toEqual([
      ["changed", {}],
      ["gone", {}],
      ["fits", { "sl-example": 1 }],
    ]);
    expect([...reached.keys()]).toEqual(["b/example-0"]);
  });

  test("on a circle ends", async () => {
    const circle = [record("x", "odd", "y"), record("y", "odd", "x")];
    const said = { ...mark("x", "drop"), recordHash: hashRecord(circle[0]) };
    const { reached } = await reviewRecords([said], () => circle);
    expect([...reached.keys()]).toEqual(["x", "y"]);
  });
});

describe("review.jsonl", () => {
  test("is only appended to; the last line of a person and a record counts, null takes back", async () => {
    const run = folder();
    expect(await readMarks(run)).toEqual({ marks: [], hash: null, damaged: [] });
    const [first, second, other] = [mark("a/x", "drop"), mark("a/x", "keep"), mark("a/x", "drop", { by: "ben" })];
    appendMarks(run, [first, other]);
    const before = readFileSync(reviewPath(run), "utf8");
    const { hash } = await readMarks(run);
    appendMarks(run, [second]);
    expect(readFileSync(reviewPath(run), "utf8").startsWith(before)).toBe(true);
    expect((await readMarks(run)).marks).toEqual([other, second]);
    expect((await readMarks(run)).hash).not.toBe(hash);
    appendMarks(run, [mark("a/x", null), mark("a/x", null, { by: "ben", note: "unsure" })]);
    expect((await readMarks(run)).marks).toMatchObject([{ by: "ben", mark: null, note: "unsure" }]);
  });

  test.each([
    ["half a line", '{"schemaVersion":1,"id":', /review\.jsonl:2[\s\S]*not JSON/],
    [
      "another version",
      JSON.stringify({ ...mark("a", "drop"), schemaVersion: 2 }),
      /review\.jsonl:2[\s\S]*schemaVersion/,
    ],
    ["a mark that is none", JSON.stringify({ ...mark("a", "drop"), schemaVersion: 1, mark: "burn" }), /:2[\s\S]*mark/],
    ["no reviewer", JSON.stringify({ ...mark("a", "drop"), schemaVersion: 1, by: "" }), /:2[\s\S]*by/],
  ])("with %s stops who acts upon it, names the line to who shows it, and loses nothing", async (_, line, message) => {
    const run = folder();
    appendMarks(run, [mark("a/x", "drop")]);
    appendFileSync(reviewPath(run), line);
    const { marks, damaged } = await readMarks(run);
    expect([marks.map(({ id }) => id), damaged.map((one) => one.line)]).toEqual([["a/x"], [2]]);
    await expect(readSoundMarks(run)).rejects.toMatchObject({
      code: "run-invalid",
      message: expect.stringMatching(message),
    });
    // What is added after a line that was cut stands on a line of its own.
    appendMarks(run, [mark("a/y", "drop")]);
    const lines = readFileSync(reviewPath(run), "utf8").split("\n");
    expect([lines.length, lines[1]]).toEqual([4, line]);
    expect((await readMarks(run)).marks.map(({ id }) => id)).toEqual(["a/x", "a/y"]);
  });

  test("names who sits here, also where the environment has an empty name", () => {
    expect(namePerson({ USER: "ana" })).toBe("ana");
    for (const env of [{ USER: "" }, {}]) expect(namePerson(env)).toBe(userInfo().username);
  });

  test("of a folder that cannot be written is refused", () => {
    const run = folder();
    writeFileSync(join(run, "file"), "");
    expect(() => appendMarks(join(run, "file"), [mark("a/x", "drop")])).toThrow(/Writing/);
  });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "precept-review-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}
