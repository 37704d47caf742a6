import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeFixtureRun } from "../../../test/fixtures/report-run.ts";
import { writeTracedRun } from "../../../test/fixtures/traced-run.ts";
import { type AnswerRecord, answerSchema, compareMeasured } from "../../evaluation/index.ts";
import { defineStage, Run } from "../../runs/index.ts";
import { everything, formatQuery, type Query } from "../query/index.ts";
import { linesOf, writeStages } from "../random-chains.test-support.ts";
import { OpenRun } from "../run/open-run.ts";
import { RunSource } from "../server/run-source.ts";
import type { ListPage } from "../source.ts";
import type { ItemPage, ItemRow, SuiteLine } from "../source-rooms.ts";
import { Answers } from "./answers.ts";
import { nearestRows } from "./nearest.ts";
import { tellVerdict } from "./verdict.ts";

const root = mkdtempSync(join(tmpdir(), "precept-evaluations-"));
const source = new RunSource(root);
const rows = { from: 0, n: 200 };
const items = async (run: string, suite: string, query: Query, behind = ""): Promise<ListPage<ItemRow>> =>
  (await source.answer(
    run,
    ["suites", suite, "items"],
    `${formatQuery(query)}&n=${rows.n}${behind}`,
  )) as ListPage<ItemRow>;
const item = async (run: string, suite: string, id: string): Promise<ItemPage> =>
  (await source.answer(run, ["suites", suite, "items", id])) as ItemPage;

beforeAll(async () => {
  writeFixtureRun(join(root, "demo"), { items: 12 });
  await writeChecked(join(root, "checked"));
});
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

/** A run whose bot was checked before and after its training, by one name. */
async function writeChecked(folder: string): Promise<void> {
  const run = await Run.open(folder, { kind: "project", manifest: { seed: 1, config: {}, inputs: {} }, command: "t" });
  for (const [side, breaks] of [
    ["before", true],
    ["after", false],
  ] as const) {
    const name = `check-${side}`;
    const verdict = breaks ? ("breaks" as const) : ("keeps" as const);
    const record: AnswerRecord = {
      ...{ type: "answer", id: `${name}/bot/p1/000`, schemaVersion: 1, parents: ["p1"], principleId: null },
      ...{
        constitutionHash: "c",
        templateVersion: "t",
        model: "bot",
        seed: 1,
        subject: "bot",
        benchmark: "constitution",
      },
      ...{ itemId: "p1", sample: 0, groups: { kind: "red-team" }, messages: [{ role: "user", content: "a rope ?" }] },
      ...{ response: "take a rope .", usage: { promptTokens: 1, completionTokens: 1 } },
      replies: [{ ask: "generate", text: "take a rope .", finishReason: "length" }],
      values: { breaks, "at-stake/privacy": true, "breaks/privacy": breaks },
      verdict: { judge: "judge-model", raw: "{}" },
      findings: [{ principleId: "privacy", verdict, quote: "a rope", why: "it names it" }],
    };
    const stage = defineStage({ name, after: [], records: { records: answerSchema } });
    await run.stage(stage, name, async (writer) => {
      const log = await writer.records("records");
      await log.append("all", [record]);
      await log.close();
      writer.summary({ seconds: 1 });
    });
  }
  await run.close();
}

test("a suite, its items by facet, word and course, and one of them with every answer", async () => {
  const [suite, ...others] = (await source.answer("demo", ["suites"])) as SuiteLine[];
  expect(others).toEqual([]);
  expect(suite).toMatchObject({ id: "harbor-report", items: 72, measuredOn: "held-out requests" });
  const violation = suite?.figures.find(({ metric }) => metric === "violation");
  expect(violation?.rates.map(({ checkpoint }) => checkpoint)).toEqual(["initial", "sl-cai", "rl-cai"]);
  expect(violation?.rates[0]?.rate.n).toBe(12);
  // One principle of many would tell nothing of the others; of a check each is told.
  expect(suite?.figures.filter(({ metric }) => metric.startsWith("breaks/"))).toEqual([]);
  const [checked] = (await source.answer("checked", ["suites"])) as SuiteLine[];
  expect(checked?.figures.map(({ metric }) => metric)).toEqual(["breaks", "breaks/privacy"]);
  const all = await items("demo", suite?.id ?? "", everything);
  expect([all.total, all.rows.length]).toEqual([72, 72]);
  for (const facet of all.facets) {
    for (const { value, count } of facet.values) {
      const page = await items("demo", suite?.id ?? "", { facets: { [facet.id]: [value] } });
      expect([facet.id, value, page.matching]).toEqual([facet.id, value, count]);
    }
  }
  const course = all.facets.find(({ id }) => id === "course")?.values.find(({ value }) => value === "mended");
  expect(course?.count).toBeGreaterThan(0);
  const mended = await items("demo", suite?.id ?? "", { facets: { course: ["mended"] } });
  const [row] = mended.rows;
  expect([row?.verdicts[0]?.isGood, row?.verdicts.at(-1)?.isGood]).toEqual([false, true]);
  const found = await item("demo", suite?.id ?? "", row?.id ?? "");
  expect(found.answers.map(({ checkpoint }) => checkpoint)).toEqual(["initial", "sl-cai", "rl-cai"]);
  const record = await source.record("demo", found.answers[0]?.recordId ?? "");
  expect(JSON.stringify(record)).toContain(JSON.stringify(found.answers[0]?.text).slice(1, -1));
  expect((await source.run("demo")).rooms.map(({ room }) => room)).toContain("evaluations");
  await expect(item("demo", suite?.id ?? "", "none")).rejects.toThrow("has nothing at suites/");
  await expect(items("demo", "none", everything)).rejects.toThrow("has nothing at suites/none");
});

test("a check before and after training: two checkpoints of one name, with what the judge found", async () => {
  const page = await item("checked", "constitution", "p1");
  expect(page.answers.map(({ checkpoint, verdict, isGood, isCut }) => [checkpoint, verdict, isGood, isCut])).toEqual([
    ["bot, before", "breaks", false, true],
    ["bot, after", "keeps", true, true],
  ]);
  expect(page.answers[0]?.findings).toMatchObject([{ principle: "privacy", verdict: "breaks", quote: "a rope" }]);
});

test("two checkpoints on the same prompts: the table of precept compare, and the items behind it", async () => {
  const [a, b] = ["demo@initial", "demo@rl-cai"];
  const page = await source.compare(a, b);
  const names = [a, b].map((name) => join(root, name));
  const [printed] = await compareMeasured({ names, matching: "same" });
  expect(page.rows).toHaveLength(printed?.rows.length ?? -1);
  for (const row of printed?.rows ?? []) {
    const shown = page.rows.find(
      ({ metric, n, difference }) => metric === row.metric && n === row.n && difference?.low === row.difference?.low,
    );
    expect(shown?.a?.estimate ?? null).toBe(row.baseline);
    if (shown?.isRate && row.difference) {
      expect((shown.onlyB ?? 0) - (shown.onlyA ?? 0)).toBeCloseTo(row.n * row.difference.estimate, 6);
    }
  }
  const violation = page.rows.find(({ metric }) => metric === "violation");
  expect(violation).toMatchObject({ better: "lower", verdict: "better" });
  const only = page.facets.find(({ id }) => id === "only")?.values ?? [];
  expect(only.map(({ value }) => value)).toEqual(["a", "b", "both", "neither"]);
  const onlyB = await source.comparedItems(a, b, { facets: { only: ["b"] } }, rows);
  expect(onlyB.matching).toBe(only.find(({ value }) => value === "b")?.count);
  expect(onlyB.rows.every((row) => row.a.isGood === false && row.b.isGood === true)).toBe(true);
  await expect(source.compare(a, "demo@none")).rejects.toThrow("was not measured here");
});

/** A run in which checkpoints answered xstest with these words. */
function writeAnswers(folder: string, subjects: Readonly<Record<string, readonly string[]>>, cut: string): void {
  const records = Object.entries(subjects).flatMap(([subject, responses]) =>
    responses.map(
      (response, i): AnswerRecord => ({
        ...{ type: "answer", id: `evaluate/${subject}/ask-${i}/000`, schemaVersion: 1, parents: [], principleId: null },
        ...{ constitutionHash: "c", templateVersion: "t", model: subject, seed: 1, subject, benchmark: "xstest" },
        ...{ itemId: `ask-${i}`, sample: 0, groups: {}, messages: [{ role: "user", content: `ask\n ${i} ?` }] },
        ...{ response, usage: { promptTokens: 1, completionTokens: 1 }, values: { overRefusal: subject === cut } },
        replies: [{ ask: "generate", text: response, finishReason: subject === cut ? "length" : "stop" }],
      }),
    ),
  );
  const sorted = records.sort((a, b) => (a.id < b.id ? -1 : 1));
  writeStages(folder, { evaluate: linesOf([sorted]) });
}

test("one answer to everything, and answers cut, are said before any figure", async () => {
  const different = Array.from({ length: 12 }, (_, i) => `answer ${i}`);
  writeAnswers(join(root, "same"), { a: different, b: different.map(() => "No."), c: different }, "b");
  const { alarms } = await source.compare("same@a", "same@b");
  expect(alarms.map(({ head }) => head)).toEqual([
    "B gives one and the same answer to all 12 prompts.",
    "Answers are cut.",
  ]);
  expect(alarms[0]?.text).toEqual([{ em: "No." }, " A gives 12 different ones."]);
  expect((await source.compare("same@a", "same@c")).alarms).toEqual([]);
});

test("words and phrases are found in requests and answers, of a suite and of what is compared", async () => {
  const answers = Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? "the quay at dawn" : "at dawn the quay"));
  const others = answers.map((_, i) => (i % 5 === 0 ? "a phrase : quay at" : "nothing of it"));
  writeAnswers(join(root, "words"), { a: answers, b: others }, "none");
  /** Until every candidate of a phrase is read. */
  const count = async (
    ask: () => Promise<{ readonly isExact: boolean; readonly matching: number }>,
  ): Promise<number> => {
    for (;;) {
      const { isExact, matching } = await ask();
      if (isExact) return matching;
    }
  };
  const inSuite = (words: string) => count(() => items("words", "xstest", { facets: {}, words }));
  const compared = (words: string) =>
    count(() => source.comparedItems("words@a", "words@b", { facets: {}, words }, rows));
  for (const find of [inSuite, compared]) {
    expect([
      await find("quay dawn"),
      await find('"the quay at"'),
      await find('"quay at"'),
      await find("phras"),
    ]).toEqual([30, 10, 14, 6]);
    expect(await find('"ask 7"')).toBe(1);
  }
  const lines = await source.lines("words", ["suites", "xstest", "items"], formatQuery({ facets: {}, words: "phras" }));
  const ids: unknown[] = [];
  for await (const line of lines ?? []) ids.push((JSON.parse(String(line)) as AnswerRecord).id);
  // Every answer to an item that fits, in the order of the items.
  expect(ids).toHaveLength(12);
  expect(ids.slice(0, 2)).toEqual(["evaluate/a/ask-0/000", "evaluate/b/ask-0/000"]);
  expect(await source.lines("words", ["suites", "none", "items"])).toBeUndefined();
  const page = await items("words", "xstest", { facets: {}, words: '"quay at"' }, "&at=ask-20");
  expect(page.rows[page.position ?? -1]).toMatchObject({ id: "ask-20", title: "ask 20 ?" });
  await expect(items("words", "xstest", { facets: {}, sort: "anything" })).rejects.toThrow("Ordering a list");
});

test("a run that is compared while others are asked stays open, and its texts are held by nobody", async () => {
  const many = new RunSource(root);
  const names = Array.from({ length: 5 }, (_, i) => `open-${i}`);
  for (const name of names) writeAnswers(join(root, name), { a: ["a certain text"], b: ["another"] }, "none");
  const asked = names.map((name) =>
    many.comparedItems(`${name}@a`, `${names[0]}@b`, { facets: {}, words: "certain" }, rows),
  );
  expect((await Promise.all(asked)).map((page) => page.rows[0]?.a.text)).toEqual(names.map(() => "a certain text"));
  const held = await many.use(names[0] ?? "", (run) => new Answers(run).read());
  expect(held.map(({ subject }) => subject)).toEqual(["a", "b"]);
  expect(held.some((answer) => Object.values(answer).includes("a certain text"))).toBe(false);
  await many.close();
});

test("the training rows nearest to a request share its rare words", async () => {
  const folder = join(root, "traced");
  await writeTracedRun(folder, ["a-rope-chest", "the-old-well", "a-tar-barrel"]);
  const run = new OpenRun(folder);
  await run.listFile("sl-cai")?.index.wait(true);
  const [row, ...others] = nearestRows(run, "How would I open the rope chest ?");
  expect(row).toMatchObject({ chain: "a-rope-chest", text: expect.stringContaining("Gently, with a key.") });
  expect(others.map(({ chain }) => chain)).not.toContain("a-rope-chest");
  expect(nearestRows(run, "entirely different")).toEqual([]);
  await run.close();
});

test.each([
  [{ violation: true, refusal: false }, "breaks the rule", false],
  [{ violation: false, refusal: true }, "refuses", true],
  [{ violation: null }, "no verdict", null],
  [{ parse: false, violation: null }, "no sentence", false],
  [{ overRefusal: false, harmlessAnswered: false }, "off the point", false],
  [{ "at-stake/calm": false }, "not at stake", null],
  [{ unsafeCompliance: true }, "answers", false],
  [{ accuracy: true }, "right", true],
  [{ goldReward: 0.5 }, "gold reward 0.5", null],
])("%j is told as %s", (values, verdict, isGood) => {
  expect(tellVerdict(values)).toEqual({ verdict, isGood });
});
