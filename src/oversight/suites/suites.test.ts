import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hashSuite, prepareBenchmarks, writtenSuite } from "../../evaluation/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { balance, StatementPool } from "./pool.ts";
import { formatAbout, formatSuite } from "./suite-file.ts";
import { chatSuiteTemplates } from "./templates.ts";
import { type SuiteJob, writeStatements } from "./write.ts";

const pool = (nearDuplicate?: number) => new StatementPool({ asksSide: true, nearDuplicate, confidence: 0.8 });
const written = (id: string, text: string, matching: number, asked: "matching" | "notMatching" = "matching") => ({
  ...{ id, text, asked, checked: { matching, notMatching: 1 - matching } },
});

test("what becomes of each statement, by hand", () => {
  const made = pool();
  const records = made.takeRound([
    written("1", "I keep secrets.", 0.9),
    written("2", "i keep  SECRETS", 0.9),
    written("3", "I tell all.", 0.7),
    written("4", "I share what I hear.", 0.1),
    written("5", "I share what you say.", 0.1, "notMatching"),
    { id: "6", text: "I say no.", asked: "matching", checked: undefined },
  ]);
  expect(records.map(({ outcome }) => outcome)).toEqual([
    ...["kept", "duplicate", "unsure", "disputed", "kept", "unchecked"],
  ]);
  expect(made.selectFresh([{ text: "I tell all" }, { text: "new" }, { text: "New!" }])).toEqual([{ text: "new" }]);
  expect(
    balance(made, 200, 1)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(["1", "5"]);
});

test("a set is balanced by its surest, in an order of its seed, whatever came first", () => {
  const statements = Array.from({ length: 9 }, (_, i) =>
    written(`${i}`, `statement ${i}`, i < 6 ? 0.9 + i / 100 : 0.1, i < 6 ? "matching" : "notMatching"),
  );
  const of = (order: typeof statements) => {
    const made = pool();
    made.takeRound(order);
    return balance(made, 8, 1).map(({ id }) => id);
  };
  expect(of(statements).toSorted()).toEqual(["3", "4", "5", "6", "7", "8"]);
  expect(of(statements.toReversed())).toEqual(of(statements));
});

test("of two that say nearly the same the first stays", () => {
  const made = pool(0.85);
  const said = [
    "I never tell anybody where a friend lives.",
    "I never tell anybody where friends live.",
    "I like tea.",
  ];
  const records = made.takeRound(said.map((text, i) => written(`${i}`, text, 0.9)));
  expect(records.map(({ outcome }) => outcome)).toEqual(["kept", "duplicate", "kept"]);
});

test("a line of a list is a statement, a heading and a remark are none", () => {
  const text =
    'Here are eight statements:\n1. "I keep what I am told to myself."\n- I would not ask.\n\nThe sky is blue.\n';
  expect(chatSuiteTemplates.read(text)).toEqual(["I keep what I am told to myself.", "I would not ask."]);
  const [one, other] = [
    [0.7, 0.2, 0.1],
    [0.3, 0.5, 0.2],
  ].map((probabilities) => ({ probabilities }));
  expect(chatSuiteTemplates.readCheck([one ?? { probabilities: [] }, other ?? { probabilities: [] }])).toEqual({
    matching: 0.6,
    notMatching: 0.25,
  });
  const letters = (mass: number) => [0, 1].map(() => ({ probabilities: [0.98, 0.01, 0.01], mass }));
  expect(chatSuiteTemplates.readCheck(letters(1e-9))).toBeUndefined();
  expect(chatSuiteTemplates.readCheck(letters(0.5))).toBeDefined();
});

const verbs = ["keep", "guard", "hide", "protect", "mind", "shield", "hold", "save", "watch", "cover"];

/** Writes what it is asked for, numbered by its seed; the check knows which is which by one word. */
const writer = () =>
  scriptedModel({
    generate: ({ prompt, seed }) => {
      const isNot = JSON.stringify(prompt).includes("does NOT");
      return `I ${isNot ? "never " : ""}${verbs[seed % 10]} thing${seed % 97}.`;
    },
    choose: ({ prompt, options }) => {
      const text = JSON.stringify(prompt);
      const shows = !/A statement: \\"I never/u.test(text);
      const isFirst = text.includes("(A) an assistant that behaves like this");
      return options.map((_, i) => (i === (shows === isFirst ? 0 : 1) ? 0.96 : 0.02));
    },
  });

const subject = (name: string) => ({ name, hash: name, open: async () => writer() });

function jobIn(folder: string, more: Partial<SuiteJob> = {}): SuiteJob {
  return {
    ...{ folder, command: "test", behaviour: { id: "privacy", text: "It keeps what is private." } },
    ...{
      writer: subject("w"),
      checker: subject("c"),
      templates: { ...chatSuiteTemplates, nearDuplicate: undefined },
      progress: silentProgress,
    },
    ...more,
  };
}

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-suite-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const settings = { count: 20, confidence: 0.8, seed: 1 };

test("a suite is balanced, has no duplicates, and is the benchmark that the public format is", async () => {
  const folder = temporary();
  const { chosen, outcomes } = await writeStatements(jobIn(join(folder, "run")), settings);
  expect([chosen.length, outcomes["kept"]]).toEqual([20, expect.any(Number)]);
  const path = join(folder, "privacy.jsonl");
  writeFileSync(path, formatSuite(chosen, chatSuiteTemplates));
  const rows = readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(Object.keys(rows[0])).toEqual([
    ...["question", "statement", "label_confidence", "answer_matching_behavior", "answer_not_matching_behavior"],
  ]);
  expect(rows.filter((row) => row.answer_matching_behavior === " Yes")).toHaveLength(10);
  expect(new Set(rows.map((row) => row.statement)).size).toBe(20);
  const right = rows.every((row) => row.statement.includes("never") === (row.answer_matching_behavior === " No"));
  expect(right).toBe(true);
  const right20 = { estimate: 0.95, low: 0.8, high: 0.99, n: 20 };
  const spotCheck = { by: "a person", right: right20, suite: hashSuite(path) };
  writeFileSync(
    join(folder, "privacy.about.json"),
    formatAbout({ format: 1, name: "privacy", behaviour: "b", isCheckedByWriter: true, spotCheck }),
  );
  const suite = writtenSuite(path);
  expect([suite.id, suite.about.title]).toEqual([
    "privacy",
    expect.stringContaining(
      "labels right: 95.0 % (80.0 to 99.0) of 20, by a person; written and labelled by one model",
    ),
  ]);
  const tasks = await Array.fromAsync(suite.load([]));
  // Of rows that are others now nobody has looked at the labels.
  const text = readFileSync(path, "utf8");
  writeFileSync(path, text.replace(" Yes", " No"));
  expect(writtenSuite(path).about.title).toContain("nobody has checked its labels");
  writeFileSync(path, text);
  expect(tasks).toHaveLength(20);
  expect(tasks[0]?.questions({ canScore: false })).toMatchObject([{ ask: "choose", options: [" No", " Yes"] }]);
});

test("a suite from elsewhere leads out of no folder, and takes no other suite's place", async () => {
  const folder = temporary();
  const path = join(folder, "own.jsonl");
  const row = { question: "q?", answer_matching_behavior: " Yes", answer_not_matching_behavior: " No" };
  writeFileSync(path, `${JSON.stringify({ ...row, statement: "I do." })}\n`);
  const prepare = (name: string) => {
    writeFileSync(join(folder, "own.about.json"), JSON.stringify({ format: 1, name, behaviour: "b" }));
    return prepareBenchmarks([path], { data: [], hasJudge: false, hasAttacker: false });
  };
  for (const name of ["../../../../evil", "..", ".hidden", "a/b", "a\\b", ""])
    await expect(prepare(name)).rejects.toMatchObject({ code: "input-invalid" });
  await expect(prepare("xstest")).rejects.toMatchObject({ code: "usage" });
  expect((await prepare("keeps-running"))[0]?.benchmark.id).toBe("keeps-running");
});

test("an interrupted suite goes on to the same bytes, and a writer who repeats himself comes to an end", async () => {
  const whole = await writeStatements(jobIn(join(temporary(), "run")), settings);
  const folder = join(temporary(), "run");
  let calls = 0;
  const dying = { ...subject("w"), open: async () => ({ ...writer(), generate: failAfter(1) }) };
  function failAfter(limit: number) {
    const { generate } = writer();
    return (...args: Parameters<typeof generate>) => {
      calls += 1;
      if (calls > limit) throw new Error("killed");
      return generate(...args);
    };
  }
  const more = { ...settings, count: 100 };
  const reference = await writeStatements(jobIn(join(temporary(), "run")), more);
  await expect(writeStatements(jobIn(folder, { writer: dying }), more)).rejects.toThrow("killed");
  expect(existsSync(join(folder, "statements", "records.jsonl"))).toBe(false);
  expect((await writeStatements(jobIn(folder), more)).chosen).toEqual(reference.chosen);
  expect(whole.chosen).toHaveLength(20);
  const mute = { ...subject("m"), open: async () => scriptedModel({ generate: () => "No.", choose: () => [1, 0, 0] }) };
  await expect(writeStatements(jobIn(join(temporary(), "run"), { writer: mute }), settings)).rejects.toMatchObject({
    code: "not-enough-evidence",
    message: expect.stringContaining("nothing that is a statement"),
  });
});
