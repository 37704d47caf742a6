import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../test/cli.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { defineStage, Run } from "../runs/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const common = {
  ...{ schemaVersion: SCHEMA_VERSION, constitutionHash: "c", templateVersion: "t-1", model: "initial", seed: 1 },
  ...{ principleId: "calm", promptId: "p" },
};
const response = (stage: string, name: string) => ({
  ...{ ...common, type: "response", id: `${stage}/p/${name}`, parents: ["p"], principleId: null },
  ...{ messages: [{ role: "user", content: "How do I open it?" }], response: "So." },
});
const slCai = [
  { ...common, type: "critique", id: "sl-cai/p/critique-1", parents: ["sl-cai/p/response"], critique: "It shouts." },
  ...[1, 2].map((round) => ({
    ...{ ...common, type: "sl-example", id: `sl-cai/p/example-${round}`, source: "revision", round, weight: 1 },
    ...{ parents: [`sl-cai/p/revision-${round}`], prompt: "How?", completion: `Gently, ${round}.` },
  })),
  response("sl-cai", "response"),
  ...[1, 2].map((round) => ({
    ...{ ...common, type: "revision", id: `sl-cai/p/revision-${round}`, revision: `Gently, ${round}.`, round },
    parents: [round === 1 ? "sl-cai/p/critique-1" : "sl-cai/p/response"],
  })),
];
const aiFeedback = [
  {
    ...{ ...common, type: "comparison", id: "ai-feedback/p/comparison", source: "harmlessness", label: 0.9, raw: 0.9 },
    ...{ parents: ["ai-feedback/p/a"], responses: ["So.", "No."], evidence: [{ principleId: "calm" }] },
  },
  response("ai-feedback", "response-0"),
];

let run: string;
beforeEach(async () => {
  run = join(temporaryFolder(), "run");
  const opened = await Run.open(run, { kind: "project", manifest: { seed: 1, config: {}, inputs: {} }, command: "t" });
  for (const [name, records] of Object.entries({ "sl-cai": slCai, "ai-feedback": aiFeedback })) {
    const stage = defineStage({ name, after: [], records: { records: z.looseObject({ id: z.string() }) } });
    await opened.stage(stage, "a", async (writer) => {
      const log = await writer.records("records");
      await log.append("all", records);
      await log.close();
      writer.summary({ seconds: 1 });
    });
  }
  await opened.close();
});

const precept = (...args: string[]) => preceptHere(args, { env: { USER: "ana" } });
const rowsOf = (file: string): string[] =>
  readFileSync(join(run, "datasets", "trl", file), "utf8")
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).id);
const card = (): string => readFileSync(join(run, "datasets/trl/README.md"), "utf8");

describe("precept review", () => {
  test("drops what was made from a record out of exported data, says why, and takes it back", async () => {
    expect((await precept("review", run)).stdout).toContain("no marks yet");
    const dropped = await precept("review", run, "critique-1", "--drop", "--note", "shouts | itself");
    expect(dropped.stdout).toMatch(/critique-1 {2}dropped\n.*by ana, reaches 1 critique, 1 training row, 1 revision/);
    const exported = await precept("export", run, "--to", "trl");
    expect(exported.stdout).toMatch(/Left out by review: 1 row\n +1 {2}sl-cai\/p\/critique-1 {2}shouts \| itself/);
    expect(rowsOf("sft.jsonl")).toEqual(["sl-cai/p/example-2"]);
    const beside = JSON.parse(readFileSync(join(run, "datasets/trl/review.json"), "utf8"));
    const { hash } = JSON.parse((await precept("review", run, "--json")).stdout);
    expect(beside).toMatchObject({ review: hash, dropped: 1, isIgnored: false });
    expect(card()).toContain(`sha256:${hash}`);
    expect(card()).toContain("| 1 | sl-cai/p/critique-1 | shouts \\| itself |");
    expect(card()).not.toContain("ana");

    const whole = await precept("export", run, "--to", "trl", "--ignore-review");
    expect(whole.stdout).toContain("The review was ignored");
    expect(rowsOf("sft.jsonl")).toHaveLength(2);
    expect(card()).toContain("left out of account");

    expect((await precept("review", run, "critique-1", "--clear")).stdout).toContain("no mark");
    await precept("export", run, "--to", "trl");
    expect(rowsOf("sft.jsonl")).toHaveLength(2);
  });

  test("says nothing of a review where nobody marked anything, and removes what an earlier export wrote", async () => {
    const { stdout } = await precept("export", run, "--to", "trl");
    expect(stdout).not.toContain("review");
    expect(card()).not.toContain("## Review");
    expect(existsSync(join(run, "datasets/trl/review.json"))).toBe(false);
  });

  test("keeps and lists a row that two people disagree on", async () => {
    await precept("review", run, "ai-feedback/p/comparison", "--drop");
    await precept("review", run, "ai-feedback/p/comparison", "--keep", "--by", "ben");
    const { stdout } = await precept("review", run);
    expect(stdout).toMatch(/People disagree on 1 record[\s\S]*comparison: ana drops, ben keeps/);
    const exported = JSON.parse((await precept("export", run, "--to", "trl", "--json")).stdout);
    expect(exported.review).toMatchObject({ dropped: 0, disputed: ["ai-feedback/p/comparison"] });
    expect(rowsOf("preferences.jsonl")).toEqual(["ai-feedback/p/comparison"]);
  });

  test("a note keeps the mark that stands, and a mark the note", async () => {
    await precept("review", run, "example-1", "--note", "look again");
    await precept("review", run, "example-1", "--drop");
    await precept("review", run, "example-1", "--note", "no");
    const { marks } = JSON.parse((await precept("review", run, "example-1", "--json")).stdout);
    expect(marks).toMatchObject([{ mark: "drop", note: "no", by: "ana" }]);
    expect(readFileSync(join(run, "review.jsonl"), "utf8").trim().split("\n")).toHaveLength(3);
  });

  test("a mark on a record that was made again is listed, and never applied", async () => {
    await precept("review", run, "example-1", "--drop");
    const path = join(run, "sl-cai", "records.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace('"completion":"Gently, 1."', '"completion":"Softly, 1."'));
    expect((await precept("review", run)).stdout).toContain("the record has changed since");
    const { stdout } = await precept("export", run, "--to", "trl");
    expect(stdout).toMatch(/1 mark not applied/);
    expect(rowsOf("sft.jsonl")).toHaveLength(2);
  });

  test.each([
    [["nothing", "--drop"], /no record with that id/],
    [["example", "--drop"], /no record with that id/],
    [["sl-cai/p", "--drop"], /6 records whose ids begin/],
    [["--drop"], /no record/],
    [["example-1", "--drop", "--keep"], /--drop and --keep/],
    [["example-1", "--clear", "--note", "x"], /--clear and --note/],
  ])("%j is refused, and nothing is written", async (args, message) => {
    const { code, stderr } = await precept("review", run, ...args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
    expect(existsSync(join(run, "review.jsonl"))).toBe(false);
  });

  test("a damaged line stops an export by its number, and --ignore-review goes past it", async () => {
    await precept("review", run, "example-1", "--drop");
    appendFileSync(join(run, "review.jsonl"), "{\n");
    const { code, stderr } = await precept("export", run, "--to", "trl");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/review\.jsonl:2[\s\S]*delete line 2/)]);
    expect((await precept("export", run, "--to", "trl", "--ignore-review")).code).toBe(0);
  });
});

test("precept show --open ends with the viewer at the record, by as much of its id as no other shares", async () => {
  const open = (...args: string[]) =>
    preceptHere(["show", run, ...args, "--open"], { signal: AbortSignal.timeout(200) });
  const { code, stdout } = await open("sl-cai/p/example-1");
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#\/run\/record\/sl-cai\/p\/example-1\?token=[\w-]{32}\n/),
  ]);
  expect((await open("--json")).stdout).toMatch(/"link": "http:\/\/127\.0\.0\.1:\d+\/#\/run\?token=/);
  expect(await open("nothing")).toMatchObject({ code: 2, stderr: expect.stringContaining("no record with that id") });
});
