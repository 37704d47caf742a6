import { describe, expect, it } from "vitest";
import { totalOf } from "../../spending/plan.ts";
import { expectedHalfWidth } from "../../statistics/index.ts";
import { stringJudge } from "../judges/index.ts";
import { asBenchmarkJudge, type Benchmark, planBenchmark, planSubject, type Question, type Task } from "./index.ts";

const task = (id: string, question: Question, more: Partial<Task> = {}): Task => ({
  ...{ id, groups: {}, cluster: id.slice(0, 1) },
  questions: () => [question],
  score: () => ({ right: null, length: 3 }),
  ...more,
});
const say: Question = { ask: "generate", messages: [{ role: "user", content: "x".repeat(736) }], maxTokens: 80 };
const pick: Question = { ask: "choose", messages: [{ role: "user", content: "x".repeat(40) }], options: ["a", "b"] };
const benchmark: Benchmark = {
  id: "own",
  version: "1",
  files: [],
  get: "",
  temperature: 0,
  about: { title: "", citation: "", source: "", licence: "", size: 3, verified: "real rows" },
  metrics: { right: { kind: "rate", about: "" }, length: { kind: "mean", about: "" } },
  load: () => {
    throw new Error("not read");
  },
  judge: () => asBenchmarkJudge({ ...stringJudge(), prompt: "y".repeat(336) }, (compliance) => ({ compliance })),
};
const hosted = (name: string) => planSubject(name, false, { [name]: { input: 1, output: 10 } });

describe("the plan of a suite", () => {
  it("counts calls, tokens and cost by hand, lengths between an eighth and all of the limit", () => {
    const { roles } = planBenchmark(benchmark, [task("a1", say), task("a2", say)], 9, 3, {
      target: hosted("x:y"),
      count: 2,
    });
    const [target] = roles;
    // 2 items × 3 samples × 2 models, 100 tokens each (92 of text, 8 of the chat format), a third more or less; 10 to 80 tokens of answer.
    expect(target?.calls).toEqual({ low: 12, high: 12 });
    expect(target?.promptTokens).toEqual({ low: expect.closeTo(804, 6), high: expect.closeTo(1596, 6) });
    expect(target?.completionTokens).toEqual({ low: 120, high: 960 });
    expect(target?.cost?.low).toBeCloseTo((804 * 1 + 120 * 10) / 1e6, 12);
    expect(target?.cost?.high).toBeCloseTo((1596 * 1 + 960 * 10) / 1e6, 12);
  });

  it("adds the judge's prompt and answers, and the attacker's", () => {
    const judged = task("a1", say, {
      attack: { ...say, maxTokens: 40 },
      toJudge: () => ({ messages: [{ role: "user", content: "" }], response: "" }),
    });
    const models = { target: hosted("x:y"), attacker: hosted("x:a"), judge: hosted("x:j"), count: 1 };
    const { roles } = planBenchmark(benchmark, [judged], 1, 1, models);
    expect(roles.map(({ role, calls }) => [role, calls.high])).toEqual([
      ["target", 1],
      ["attacker", 1],
      ["judge", 1],
    ]);
    // The target reads the attack, the judge 50 tokens of prompt and the answer.
    expect(roles[0]?.promptTokens).toEqual({ low: expect.closeTo(105 * 0.67, 6), high: expect.closeTo(140 * 1.33, 6) });
    expect(roles[2]?.promptTokens).toEqual({ low: expect.closeTo(60 * 0.67, 6), high: expect.closeTo(130 * 1.33, 6) });
  });

  it("does not know whether a choice takes votes, and knows no price that nobody named", () => {
    const target = planSubject("nobody:knows", false, {});
    const { roles } = planBenchmark(benchmark, [task("a1", pick)], 1, 1, { target, count: 1 });
    expect(roles[0]?.calls).toEqual({ low: 1, high: 5 });
    expect(totalOf(roles).cost).toBeUndefined();
    const local = planBenchmark(benchmark, [task("a1", pick)], 1, 1, {
      target: planSubject("runs/a", true, {}),
      count: 1,
    });
    expect(local.roles[0]).toMatchObject({ calls: { low: 1, high: 1 }, cost: { low: 0, high: 0 } });
  });

  it("expects a width of every rate, between independent answers and clusters of one mind", () => {
    const tasks = ["a1", "a2", "b1", "b2"].map((id) => task(id, say));
    const { widths } = planBenchmark(benchmark, tasks, 4, 1, { target: hosted("x:y"), count: 1 });
    expect(widths).toEqual([
      { metric: "right", n: 4, clusters: 2, halfWidth: { low: expectedHalfWidth(4), high: expectedHalfWidth(2) } },
    ]);
  });
});
