import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { readDebate } from "../oversight/index.ts";
import { harborFolder } from "../project/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const model = join(harborFolder, "checkpoint");

test("harbor's helpful-only model debates before itself; the figures stay, and the same command asks nothing twice", async () => {
  const out = join(temporaryFolder(), "debate");
  const command = [
    "debate",
    model,
    "--rounds",
    "1",
    "--count",
    "24",
    "--temperature",
    "0",
    "--judge",
    model,
    "--out",
    out,
  ];
  const { code, stdout, stderr } = await preceptHere(command);
  expect([code, stderr.includes("precept:")]).toEqual([0, false]);
  expect(stdout).toMatch(/debate +100\.0 \[86\.2–100\.0\] +24/);
  const found = readDebate(out);
  expect(found?.conditions.debate?.accuracy.estimate).toBe(1);
  expect(found?.speakers.right).toMatchObject({ silent: 0, quotes: 96 });
  const part = await preceptHere([...command, "--only", "blind,debate"]);
  expect([part.code, readDebate(out)]).toEqual([0, found]);
  const again = await preceptHere([...command, "--json"]);
  expect(JSON.parse(again.stdout)).toMatchObject({ questions: 24, gain: { n: 24 }, judge: "checkpoint" });
});

test("a debater plays against itself before a small judge, which is taught once, and debates after", async () => {
  const out = join(temporaryFolder(), "debate");
  const small = ["--lessons", "32", "--rounds", "1", "--count", "2", "--out", out];
  const { code, stdout } = await preceptHere(["debate", "train", model, "--best-of", "3", ...small]);
  expect(code).toBe(0);
  const [, checkpoint = ""] = /next: .* --debater (\S+)/.exec(stdout) ?? [];
  const held = await preceptHere(["debate", "--debater", checkpoint, ...small, "--only", "debate,blind"]);
  expect([held.code, held.stderr.includes("the small judge learns")]).toEqual([0, false]);
  expect(held.stdout).toContain("judged by small: 2 questions");
});

test.each([
  [["debate"], "nobody who debates"],
  [["debate", "--debater", "openai:gpt-4o-mini", "--questions", "q.jsonl"], "no judge"],
  [["debate", model, "--questions", "q.jsonl"], "a model that reads harbor's language alone"],
  [
    ["debate", "train", "openai:gpt-4o-mini", "--judge", model, "--questions", "q.jsonl"],
    "no checkpoint of this machine",
  ],
  [["debate", model, "--only", "debate,sight"], "no condition sight"],
])("%j is refused", async (command, found) => {
  const { code, stderr } = await preceptHere(command);
  expect([code, stderr.includes(found)]).toEqual([2, true]);
});

test("a question with three answers is refused before any model is asked", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "questions.jsonl");
  writeFileSync(path, JSON.stringify({ passage: "p", question: "q", answers: ["a", "b", "c"], right: "a" }));
  const { code, stderr } = await preceptHere([
    ...["debate", "--debater", "openai:gpt-4o-mini", "--judge", "openai:gpt-4o-mini", "--questions", path],
    ...["--out", join(folder, "out")],
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("line 1: 3 answers");
  expect(stderr).toContain("a debate has two sides");
});
