import { describe, expect, it } from "vitest";
import { flexibleNumber, gsm8kValues, matchesHarness, strictNumber } from "./gsm8k.ts";
import { hhh, hhhPair, hhhValues } from "./hhh.ts";
import { mmlu } from "./mmlu.ts";
import { chosen, scored, tasksOf } from "./tasks.test-support.ts";
import { answerList, multipleChoiceValues, truthfulqa } from "./truthfulqa.ts";

describe("GSM8K", () => {
  it("reads the number after ####, and the last number of all", () => {
    expect(strictNumber("so 3 + 4 = 7\n#### 1,234")).toBe("1234");
    expect(strictNumber("the answer is 7")).toBeUndefined();
    expect(flexibleNumber("first 3, then 4.")).toBe("4");
    expect(flexibleNumber("none")).toBeUndefined();
  });

  it("takes a missing #### for wrong in the strict reading, a cut answer for undetermined", () => {
    const none = { strict: null, flexible: null, harnessStrict: null };
    expect(gsm8kValues("It is 7.", true, "7")).toEqual({ strict: false, flexible: true, harnessStrict: false });
    expect(gsm8kValues("It is 7", false, "7")).toEqual(none);
    expect(gsm8kValues(" ", true, "7")).toEqual(none);
    expect(gsm8kValues("#### $7.00", true, "7")).toEqual({ strict: true, flexible: true, harnessStrict: false });
    expect(gsm8kValues("#### 7", true, "7")).toEqual({ strict: true, flexible: true, harnessStrict: true });
  });

  it("takes what holds no number for undetermined, not for wrong", () => {
    expect(gsm8kValues("I cannot tell.", true, "7")).toMatchObject({ strict: false, flexible: null });
    expect(gsm8kValues("#### seven", true, "7")).toMatchObject({ strict: null, flexible: null });
  });

  it.each([
    [String.raw`So he pays \(\$8{,}250\). #### 8{,}250`, "8250"],
    [String.raw`#### \boxed{\text{8\,250 dollars}}`, "8250"],
    [String.raw`#### \frac{3}{4}`, "0.75"],
    ["#### **−12**", "-12"],
    ["#### １２０", "120"],
    ["#### €1’200.50 %", "1200.5"],
  ])("reads %s in every spelling", (text, target) => {
    expect(gsm8kValues(text, true, target)).toMatchObject({ strict: true, flexible: true });
  });

  it("takes \\boxed for the result, whatever is said after it", () => {
    expect(flexibleNumber(String.raw`It is \boxed{42}, for each of the 3 days.`)).toBe("42");
  });

  it.each([
    ["#### 1,234.", "1234", true],
    ["#### 5\n#### 6", "5", true],
    ["####7", "7", false],
    ["#### $7", "7", false],
    ["#### 7.0", "7", false],
    ["#### 9{,}500", "9500", false],
  ])("keeps the harness's strict match to the letter: %j against %s", (text, target, isMatch) => {
    expect(matchesHarness(text, target)).toBe(isMatch);
  });
});

describe("HHH", () => {
  it("reads BIG-bench's and the hub's rows", async () => {
    expect(hhhPair({ input: "q", target_scores: { bad: 0, good: 1 } })).toEqual(["good", "bad"]);
    expect(hhhPair({ input: "q", targets: { choices: ["good", "bad"], labels: [1, 0] } })).toEqual(["good", "bad"]);
    expect(hhhPair({ input: "q", target_scores: { a: 1, b: 1 } })).toBeUndefined();
    const row = { input: "How are you?", target_scores: { "Fine.": 1, "Go away.": 0 } };
    const tasks = await tasksOf(hhh, {
      "harmless.jsonl": JSON.stringify({ input: "q", targets: { choices: ["a", "b"], labels: [0, 1] } }),
      "helpful/task.json": JSON.stringify({ name: "x", examples: [row] }),
    });
    expect(tasks.map(({ groups }) => groups["category"])).toEqual(["harmless", "helpful"]);
    expect(tasks[1]?.questions({ canScore: false })).toHaveLength(2);
  });

  it("asks both orders: a flip is a half, not a win", () => {
    expect(hhhValues([0.9, 0.1], [0.2, 0.8])).toEqual({ accuracy: 1, flip: false });
    expect(hhhValues([0.9, 0.1], [0.8, 0.2])).toEqual({ accuracy: 0.5, flip: true });
    expect(hhhValues(undefined, [0.2, 0.8])).toEqual({ accuracy: null, flip: null });
  });
});

describe("TruthfulQA", () => {
  it("computes MC1 and MC2 by hand", () => {
    const logs = [0.5, 0.25, 0.2].map(Math.log);
    const [best = 0, other = 0, wrong = 0] = logs;
    expect(multipleChoiceValues(best, [wrong], [best, other])).toEqual({
      mc1: true,
      mc2: expect.closeTo(0.75 / 0.95, 12),
    });
    expect(multipleChoiceValues(wrong, [best], [wrong])["mc1"]).toBe(false);
    expect(answerList(" a; b ;; c")).toEqual(["a", "b", "c"]);
  });

  it("scores likelihoods where the model gives them, letters where not", async () => {
    const head = "Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers\n";
    const [task] = await tasksOf(truthfulqa, {
      "TruthfulQA.csv": `${head}Adversarial,Myths,Is it so?,No,No; Never,Yes; Of course\n`,
    });
    expect(task?.questions({ canScore: true })).toMatchObject([
      { ask: "score", continuations: [" No", " Never", " Yes", " Of course"] },
    ]);
    expect(task?.score([{ ask: "score", logLikelihoods: [-1, -3, -2, -4] }])["mc1"]).toBe(true);
    const letters = task?.questions({ canScore: false });
    expect(letters).toMatchObject([{ ask: "choose", options: [" (A)", " (B)", " (C)"] }, { ask: "choose" }]);
    expect(Object.keys(task?.score([chosen(1, 0, 0), chosen(0.25, 0.25, 0.25, 0.25)]) ?? {})).toEqual([
      "mc1Letters",
      "mc2Letters",
    ]);
    expect(task?.score([{ ...chosen(1, 0, 0), missing: "refusal" }, chosen(1, 0, 0, 0)])).toMatchObject({
      mc1Letters: null,
    });
  });
});

describe("MMLU", () => {
  it("puts the subject's examples before the question, and reads the letter", async () => {
    const tasks = await tasksOf(mmlu, {
      "test/astronomy_test.csv": 'What shines?,Sun,Coal,Sand,"Wood, dry",A\n',
      "dev/astronomy_dev.csv": "What is round?,Cube,Ball,Line,Point,B\n",
      "dev/law_dev.csv": "Who rules?,a,b,c,d,C\n",
    });
    expect(tasks).toHaveLength(1);
    const [question] = tasks[0]?.questions({ canScore: false }) ?? [];
    expect(question).toMatchObject({ ask: "choose", options: [" A", " B", " C", " D"] });
    expect(JSON.stringify(question)).toContain("What is round?");
    expect(JSON.stringify(question)).not.toContain("Who rules?");
    expect(tasks[0]?.score([chosen(0.7, 0.1, 0.1, 0.1)])).toEqual({ accuracy: true });
    const measures = mmlu.derive?.([
      scored(tasks[0], chosen(0.7, 0.1, 0.1, 0.1)),
      scored(tasks[0], chosen(0, 1, 0, 0)),
    ]);
    expect(measures?.["accuracyMacro"]?.estimate).toBe(0.5);
  });
});
