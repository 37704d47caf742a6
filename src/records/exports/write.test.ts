import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readRows } from "../prompts/index.ts";
import { jsonlFormats } from "./formats.ts";
import { type Exported, writeExport } from "./write.ts";

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const response = (promptId: string, messages: readonly object[] = [user(`Why ${promptId}?`)]) => ({
  type: "response",
  promptId,
  messages,
});
const example = (promptId: string, completion: string, more: object = {}) => ({
  type: "sl-example",
  id: `sl-cai/${promptId}/${completion.trim()}`,
  principleId: "kind",
  promptId,
  source: "revision",
  round: 1,
  completion,
  ...more,
});
const comparison = (promptId: string, label: number, more: object = {}) => ({
  type: "comparison",
  id: `ai-feedback/${promptId}`,
  promptId,
  source: "harmlessness",
  responses: ["one", "two"],
  label,
  raw: label,
  evidence: [{ principleId: "kind" }, { principleId: "calm" }],
  ...more,
});

type Target = Parameters<typeof writeExport>[0]["target"];

/** What is written of records, and the rows of each file. */
async function exportOf(target: Target, stages: { slCai?: readonly object[]; aiFeedback?: readonly object[] }) {
  const into = mkdtempSync(join(tmpdir(), "precept-export-"));
  onTestFinished(() => rmSync(into, { recursive: true }));
  const write = (name: string, records: readonly object[] | undefined): string | undefined => {
    if (records === undefined) return undefined;
    writeFileSync(join(into, name), records.map((record) => `${JSON.stringify(record)}\n`).join(""));
    return join(into, name);
  };
  const exported: Exported = await writeExport({
    target,
    into,
    slCai: write("sl.records", stages.slCai),
    aiFeedback: write("ai.records", stages.aiFeedback),
    clean: (text) => text.replaceAll("secret", "…"),
  });
  const rowsOf = (name: string): unknown[] =>
    readFileSync(join(into, name), "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { exported, rowsOf, into };
}

const slCai = [
  example("p", " first "),
  example("p", "second secret", { round: 2, principleId: "calm" }),
  example("q", "own", { source: "unrevised", round: 0, principleId: null }),
  example("z", "of the corpus", { source: "replay" }),
  example("r", "cut at its lim", { source: "helpful", round: 0, isCut: true }),
  { type: "critique" },
  response("p", [user("Why secret?"), assistant("Because."), user("Why p?")]),
  response("q"),
  response("r"),
  response("z"),
];
const aiFeedback = [
  comparison("p", 0.6, { raw: 0.8 }),
  comparison("q", 0.25, {
    source: "helpfulness",
    responses: ["bad secret", "good"],
    evidence: [{ principleId: "kind" }],
  }),
  comparison("r", 0.5),
  { type: "no-label" },
  response("p"),
  response("q"),
  response("r"),
  response("s"),
];

describe("an export", () => {
  test("for TRL has every pair with its source, its soft label and where it came from", async () => {
    const { exported, rowsOf } = await exportOf("trl", { slCai, aiFeedback });
    const long = [user("Why …?"), assistant("Because."), user("Why p?")];
    expect(rowsOf("sft.jsonl")).toEqual([
      {
        id: "sl-cai/p/first",
        prompt: long,
        completion: [assistant("first")],
        principle_id: "kind",
        source: "revision",
        round: 1,
      },
      {
        id: "sl-cai/p/second secret",
        prompt: long,
        completion: [assistant("second …")],
        principle_id: "calm",
        source: "revision",
        round: 2,
      },
      {
        id: "sl-cai/q/own",
        prompt: [user("Why q?")],
        completion: [assistant("own")],
        principle_id: null,
        source: "unrevised",
        round: 0,
      },
    ]);
    expect(rowsOf("preferences.jsonl")).toEqual([
      {
        id: "ai-feedback/p",
        prompt: [user("Why p?")],
        chosen: [assistant("one")],
        rejected: [assistant("two")],
        chosen_probability: 0.6,
        raw_probability: 0.8,
        principle_ids: ["kind", "calm"],
        source: "harmlessness",
      },
      {
        id: "ai-feedback/q",
        prompt: [user("Why q?")],
        chosen: [assistant("good")],
        rejected: [assistant("bad …")],
        chosen_probability: 0.75,
        raw_probability: 0.75,
        principle_ids: ["kind"],
        source: "helpfulness",
      },
    ]);
    expect(exported).toEqual({
      files: ["sft.jsonl", "preferences.jsonl"],
      sft: 3,
      preferences: 2,
      undecided: 1,
      leftOut: 0,
      dropped: 0,
      bySource: { revision: 2, unrevised: 1, harmlessness: 1, helpfulness: 1 },
      byPrinciple: { calm: { sft: 1, preferences: 1 }, kind: { sft: 1, preferences: 2 } },
    });
    expect(Object.keys(exported.byPrinciple)).toEqual(["calm", "kind"]);
  });

  test("for OpenAI keeps ids and labels in a file beside, row by row", async () => {
    const { exported, rowsOf } = await exportOf("openai", { slCai, aiFeedback });
    expect(exported.files).toEqual(["sft.jsonl", "sft.ids.jsonl", "preferences.jsonl", "preferences.ids.jsonl"]);
    expect(rowsOf("sft.jsonl").at(-1)).toEqual({ messages: [user("Why q?"), assistant("own")] });
    expect(rowsOf("sft.ids.jsonl").at(-1)).toEqual({
      id: "sl-cai/q/own",
      principle_id: null,
      source: "unrevised",
      round: 0,
    });
    expect(rowsOf("preferences.ids.jsonl")[0]).toEqual({
      id: "ai-feedback/p",
      principle_ids: ["kind", "calm"],
      source: "harmlessness",
      chosen_probability: 0.6,
      raw_probability: 0.8,
    });
  });

  test.each(["trl", "axolotl", "parquet"] as const)(
    "for %s of one stage has that stage's file alone",
    async (target) => {
      const ending = target === "parquet" ? "parquet" : "jsonl";
      expect((await exportOf(target, { slCai })).exported.files).toEqual([`sft.${ending}`]);
      expect((await exportOf(target, { aiFeedback })).exported.files).toEqual([`preferences.${ending}`]);
      expect((await exportOf(target, {})).exported).toMatchObject({ files: [], sft: 0, preferences: 0 });
    },
  );

  test("as Parquet has as many rows", async () => {
    const { exported, into } = await exportOf("parquet", { slCai, aiFeedback });
    const lengths = exported.files.map(async (file) => (await Array.fromAsync(readRows(join(into, file)))).length);
    expect(await Promise.all(lengths)).toEqual([3, 2]);
  });

  test("leaves out and counts rows with an empty turn or answer", async () => {
    const { exported, rowsOf } = await exportOf("trl", {
      slCai: [example("p", " \n"), example("q", "a"), response("p"), response("q", [user(" ")])],
      aiFeedback: [
        comparison("p", 1, { responses: ["a", " "] }),
        comparison("q", 0, { responses: ["", "b"] }),
        response("p"),
        response("q"),
      ],
    });
    expect(exported).toMatchObject({ sft: 0, preferences: 0, leftOut: 4, bySource: {}, byPrinciple: {} });
    expect([rowsOf("sft.jsonl"), rowsOf("preferences.jsonl")]).toEqual([[], []]);
  });

  test("stops at a row that the trainer would refuse, and names it", async () => {
    const stages = { slCai: [example("p", "a"), response("p", [user("q"), assistant("x")])] };
    await expect(exportOf("trl", stages)).rejects.toThrow(
      /Exporting sl-cai\/p\/a[\s\S]*the last turn is not the user's/,
    );
  });
});

test("a comparison whose evidence names no principle is refused", async () => {
  const aiFeedback = [comparison("p", 0.6, { evidence: [{ principleId: "" }] }), response("p")];
  await expect(exportOf("trl", { aiFeedback })).rejects.toMatchObject({ code: "run-invalid" });
});

describe("the trainers' documented forms", () => {
  const pair = {
    input: { messages: [user("q")], tools: [], parallel_tool_calls: true },
    preferred_output: [assistant("a")],
    non_preferred_output: [assistant("b")],
  };

  test("take what is written and nothing else", () => {
    const { openai, together, trl } = jsonlFormats;
    expect(openai.preferenceSchema.safeParse(pair).success).toBe(true);
    expect(openai.preferenceSchema.safeParse({ ...pair, input: { ...pair.input, tools: [{}] } }).success).toBe(false);
    expect(openai.preferenceSchema.safeParse({ ...pair, preferred_output: [user("a")] }).success).toBe(false);
    expect(together.preferenceSchema.safeParse(pair).success).toBe(false);
    expect(openai.sftSchema.safeParse({ messages: [user("q"), assistant("a")] }).success).toBe(true);
    expect(openai.sftSchema.safeParse({ messages: [assistant("a"), user("q")] }).success).toBe(false);
    expect(openai.sftSchema.safeParse({ messages: [user(""), assistant("a")] }).success).toBe(false);
    const row = {
      id: "x",
      prompt: [user("q")],
      completion: [assistant("a")],
      principle_id: null,
      source: "helpful",
      round: 0,
    };
    expect(trl.sftSchema.safeParse(row).success).toBe(true);
    for (const wrong of [{ id: "" }, { round: -1 }, { completion: [assistant("")] }, { prompt: [] }]) {
      expect(trl.sftSchema.safeParse({ ...row, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
    }
  });

  test.each([
    [0, true],
    [1, true],
    [-0.01, false],
    [1.01, false],
  ])("take a probability of %f: %s", (probability, isTaken) => {
    const row = {
      id: "x",
      messages: [user("q")],
      chosen: assistant("a"),
      rejected: assistant("b"),
      source: "helpfulness",
    };
    const parsed = jsonlFormats.axolotl.preferenceSchema.safeParse({ ...row, chosen_probability: probability });
    expect(parsed.success).toBe(isTaken);
  });
});
