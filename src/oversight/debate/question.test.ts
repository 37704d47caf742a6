import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readDebateQuestions } from "./question.ts";

function fileOf(...rows: readonly object[]): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-debate-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "questions.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return path;
}

const row = {
  passage: "The lamp is in the inn.",
  question: "Where?",
  answers: ["the inn", "the mill"],
  right: "the mill",
};

test("questions are read, the right answer by its text or its place", async () => {
  const read = await readDebateQuestions(fileOf(row, { ...row, id: "second", right: 0 }));
  expect(read.map(({ id, right }) => [id, right])).toEqual([
    ["q0001", 1],
    ["second", 0],
  ]);
});

test.each([
  [{ ...row, answers: ["a", "b", "c"], right: "a" }, "line 1: 3 answers"],
  [{ ...row, answers: ["a"], right: "a" }, "line 1: 1 answers"],
  [{ ...row, answers: ["a", "a"], right: "a" }, "line 1: the same answer twice"],
  [{ ...row, answers: ["the Inn", "The  inn"], right: 0 }, "line 1: the same answer twice"],
  [{ ...row, right: "the attic" }, 'line 1: "the attic" is none of its answers'],
  [{ ...row, right: 2 }, "line 1: 2 is none of its answers"],
  [{ ...row, passage: "" }, "line 1: passage"],
])("a question that cannot be debated is refused by its line", async (bad, found) => {
  await expect(readDebateQuestions(fileOf(bad))).rejects.toThrow(found);
});

test.each([
  [
    [
      { ...row, id: "one" },
      { ...row, id: "one" },
    ],
    "line 2: the id one of line 1 once more",
  ],
  [[{ ...row, id: "q0002" }, row], "line 2: the id q0002 of line 1 once more"],
])("an id that stands twice is refused", async (rows, found) => {
  await expect(readDebateQuestions(fileOf(...rows))).rejects.toThrow(found);
});

test("an empty file is refused", async () => {
  await expect(readDebateQuestions(fileOf())).rejects.toThrow("no question");
});
