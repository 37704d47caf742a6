import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { arms, configOf } from "../benchmarks/experiments/real/arms.ts";
import { scoreTexts } from "../benchmarks/experiments/real/capability.ts";
import { findData, readFormSplits, readValuesSplits } from "../benchmarks/experiments/real/data.ts";
import { findMeasured, type Measured, readMeasured, writeMeasured } from "../benchmarks/experiments/real/measured.ts";
import { countSentences, readRefusal } from "../benchmarks/experiments/real/readings.ts";
import { drawSplits, type RealPrompt, takeEvenly, takeShare } from "../benchmarks/experiments/real/splits.ts";
import { capabilityTable, compareArms, writeTable } from "../benchmarks/experiments/real/table.ts";
import { writeTables } from "../benchmarks/experiments/real/tables.ts";
import { parseConstitution } from "../src/constitution/index.ts";
import type { LanguageModel } from "../src/language-model.ts";
import { loadedConfig } from "../src/project/config/config.ts";
import { readFewShots } from "../src/project/prompts/few-shots.ts";

const words = ["apple", "boat", "cloud", "door", "egg", "fish", "goat", "hat", "ice", "jam", "kite", "lamp"];
const prompt = (id: string, text: string): RealPrompt => ({ id, kind: "helpful", text });
const pool = words.flatMap((a, i) => words.slice(i + 1).map((b) => prompt(`${a}-${b}`, `${a} ${b} ${a}${b}`)));

test("splits are disjoint, the same each time, and far from the test prompts", () => {
  const testPrompts = [prompt("test-1", "Apple boat, appleboat?"), prompt("test-2", "something else")];
  const draw = () => drawSplits([{ name: "pool", prompts: pool, shares: { train: 20, development: 10 } }], testPrompts);
  const { train, development, test: held, leftOut } = draw();
  expect([train.length, development.length, leftOut]).toEqual([20, 10, 1]);
  expect(held).toBe(testPrompts);
  const ids = [...train, ...development, ...held].map(({ id }) => id);
  expect(new Set(ids).size).toBe(32);
  expect(ids).not.toContain("apple-boat");
  expect(draw()).toEqual(draw());
  // Drawn, not the first ones.
  expect(train.map(({ id }) => id)).not.toEqual(pool.slice(0, 20).map(({ id }) => id));
  const red = train.map((one): RealPrompt => ({ ...one, kind: "red-team" }));
  expect(takeShare([...train, ...red], 0.1).map(({ kind }) => kind)).toEqual([
    "helpful",
    "helpful",
    "red-team",
    "red-team",
  ]);
  expect(takeEvenly([...train, ...red.slice(0, 4)], 0.5).map(({ kind }) => kind)).toEqual([
    "helpful",
    "helpful",
    "red-team",
    "red-team",
  ]);
});

test("a refusal is read by its first words, and its reason by the words that give one", () => {
  expect(readRefusal("I'm sorry, but I can't help with that.")).toBe("refused");
  expect(readRefusal("I cannot help with that, because it would hurt your neighbour.")).toBe("refused with a reason");
  expect(readRefusal("I won't help with that. It could really hurt him.")).toBe("refused with a reason");
  expect(readRefusal("I cannot help with that. It would be best to ask somebody else.")).toBe("refused");
  expect(readRefusal("Sure! It would be best to begin with the lock.")).toBe("complied");
  expect(readRefusal(" ")).toBe("?");
});

test.each([
  ["It is late.", 1],
  ["It is late. Go home!", 2],
  ["Version 2.5 is out, e.g. for Linux. Try it", 2],
  ['He said "Stop." Then he left.', 2],
  ["1. Milk\n2. Eggs\n3. Flour", 3],
  ["Two lines:\nand one more", 2],
  ["", 0],
])("counts the sentences of %j", (text, n) => {
  expect(countSentences(text)).toBe(n);
});

const measured = (arm: string, outcomes: Measured["checkpoints"][string]["outcomes"]): Measured => ({
  arm,
  seed: 1,
  split: "test",
  scale: 1,
  date: "2026-11-30",
  commit: "abc",
  models: {},
  prompts: {},
  counts: {},
  seconds: { "sl-cai": 60, evaluate: 30 },
  checkpoints: { initial: { outcomes, cut: 1 }, "sl-cai": { outcomes, cut: 0 } },
});

test("a finished arm is a file, and the table has its rates, intervals and n, and what is missing", () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-real-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const own = measured("values", { "xstest unsafe": "ccrw", "jailbreakbench unsafe": "c?", "xstest safe": "cccr" });
  writeMeasured(folder, own);
  writeMeasured(folder, { ...own, seed: 2, scale: 0.5 });
  expect(readMeasured(folder)).toEqual([own, { ...own, seed: 2, scale: 0.5 }]);
  expect(findMeasured(folder, { arm: "values", seed: 2, split: "test", scale: 0.5 })).toEqual({
    ...own,
    seed: 2,
    scale: 0.5,
  });
  expect(findMeasured(folder, { arm: "values", seed: 2, split: "test", scale: 1 })).toBeUndefined();
  const { markdown, missing } = writeTable("values", "test", readMeasured(folder));
  const row = markdown.split("\n").find((line) => line.startsWith("| values | 1 | all | initial |"));
  expect(row).toContain("50.0 [18.8, 81.2] n=6");
  expect(row).toContain("25.0 [4.6, 69.9] n=4");
  expect(row).toContain("50.0 [9.5, 90.5] n=2 | 1 | 1.5 | 2026-11-30 |");
  // Half of the prompts is no measurement of the arm.
  expect(missing).toContain("values 2");
  expect(missing).not.toContain("values 1");
  expect(writeTable("values", "development", readMeasured(folder)).markdown).toBe("");
});

test("the loss on harmless answers is over all their tokens", async () => {
  const prompts: unknown[] = [];
  const model: Pick<LanguageModel, "score"> = {
    async *score(requests) {
      for await (const { id, prompt, continuation } of requests) {
        prompts.push(prompt);
        const logprobs = continuation.split(" ").map(() => -2);
        yield { id, logprobs, usage: { promptTokens: 1, completionTokens: logprobs.length } };
      }
    },
  };
  const texts = [
    { id: "a", prompt: "What is tea?", answer: "Leaves in water" },
    { id: "b", prompt: "What is rain?", answer: "Water" },
  ];
  expect(await scoreTexts(model, texts)).toEqual({ nats: 8, tokens: 4 });
  expect(prompts[0]).toEqual([{ role: "user", content: "What is tea?" }]);
  const capability = { initial: { truthfulqa: { right: 1, n: 4 }, loss: { nats: 8, tokens: 4 } } };
  const shown = capabilityTable([{ ...measured("values", { "xstest safe": "c" }), capability }]);
  expect(shown).toContain("| values | 1 | initial | 25.0 [4.6, 69.9] n=4 | 2.000 (4 tokens) |");
  expect(capabilityTable([measured("values", { "xstest safe": "c" })])).toBe("");
});

test("arms are compared prompt by prompt, and a control stands beside the arm that it controls", () => {
  const [a, b] = [
    { outcomes: { "x unsafe": "ccccrrrr" }, cut: 0 },
    { outcomes: { "x unsafe": "cccccccc" }, cut: 0 },
  ];
  expect(compareArms(a, b, " unsafe", "c")).toMatch(/^−50\.0 \[−/);
  expect(compareArms(a, { ...b, outcomes: { "x unsafe": "c" } }, " unsafe", "c")).toBe("–");
  const written = new Map<string, string>();
  const outcomes = { "xstest unsafe": "cccc", "xstest safe": "cccc" };
  writeTables([measured("values", outcomes), measured("values-no-rule", outcomes)], (name, body) =>
    written.set(name, body),
  );
  const [better, worse] = [
    { outcomes: { "x safe": "1111" }, cut: 0 },
    { outcomes: { "x safe": "1000" }, cut: 0 },
  ];
  const form = { ...measured("form", {}), checkpoints: { "dpo-shuffled-labels": worse, dpo: better } };
  writeTables([form], (name, body) => written.set(`shuffled ${name}`, body));
  expect(written.get("shuffled form")).toContain("| form, dpo − dpo-shuffled-labels | 1 | +75.0 [");
  expect(written.get("shuffled form")).toMatch(/\| dpo \| 100\.0 .*\n.*\| dpo-shuffled-labels \| 25\.0 /);
  expect(written.get("shuffled values")).not.toContain("shuffled-labels |");
  const section = written.get("values") ?? "";
  expect(section).toContain("| values − values-no-rule, sl-cai | 1 | +0.0 [");
  expect(section).toContain("Not measured yet on the test prompts (arm, seed): values 2, values 3");
});

test("every arm is a configuration that precept reads, and a control changes what it says", async () => {
  const place = {
    seed: 1,
    models: { policy: "local:/m/policy.gguf", helper: "llamacpp:/m/helper.gguf" },
    split: "test",
  } as const;
  for (const arm of arms) {
    const { config } = loadedConfig(configOf(arm, place), "/x/precept.config.yaml");
    expect(JSON.stringify(config.evaluate?.prompts)).toContain('"test-helpful.jsonl"');
  }
  for (const { constitution } of arms) {
    const path = new URL(`../benchmarks/experiments/real/${constitution}`, import.meta.url).pathname;
    expect(parseConstitution(readFileSync(path, "utf8")).principles.length).toBeGreaterThan(0);
  }
  const here = new URL("../benchmarks/experiments/real/precept.config.yaml", import.meta.url).pathname;
  const [values] = arms;
  const { fewShots } = await readFewShots(loadedConfig(values && configOf(values, place), here));
  // Each shows a refusal with its reason, which is what is to be learned.
  expect(fewShots?.critiques).toHaveLength(3);
  for (const { revision } of fewShots?.critiques ?? []) expect(readRefusal(revision)).toBe("refused with a reason");
  expect(values && configOf(values, place)).toMatchObject({ training: { dpo: { alsoShuffled: true } } });
});

const clone = new URL("../", import.meta.url).pathname;
const data = process.env["PRECEPT_DATA"] || join(clone, "..", "shared", "data");

test("says what is missing where the data are absent", () => {
  const before = process.env["PRECEPT_DATA"];
  onTestFinished(() => {
    if (before === undefined) delete process.env["PRECEPT_DATA"];
    else process.env["PRECEPT_DATA"] = before;
  });
  process.env["PRECEPT_DATA"] = "/no/such/folder";
  expect(() => findData(clone)).toThrow(/no such folder/);
});

test.skipIf(!existsSync(join(data, "xstest-dev")))("the real splits have the sizes that the document says", () => {
  const kinds = (prompts: readonly RealPrompt[]) =>
    Object.fromEntries([...Map.groupBy(prompts, ({ kind }) => kind)].map(([kind, own]) => [kind, own.length]));
  const values = readValuesSplits(data);
  expect([values.train, values.development, values.test].map(kinds)).toEqual([
    { "red-team": 84, helpful: 168 },
    { "red-team": 40, helpful: 40 },
    { "red-team": 198, helpful: 127 },
  ]);
  const form = readFormSplits(data);
  expect([form.train, form.development, form.test].map(kinds)).toEqual([
    { helpful: 120 },
    { helpful: 40 },
    { helpful: 100 },
  ]);
  for (const { train, development, test: held } of [values, form]) {
    const all = [...train, ...development, ...held];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ text }) => text)).size).toBe(all.length);
  }
});
