import { describe, expect, it } from "vitest";
import type { MeasuredItem, MeasuredSubject } from "../compare/index.ts";
import {
  assertGates,
  errorJUnit,
  type Gate,
  gateExitCode,
  gatesJUnit,
  gatesMarkdown,
  judgeGates,
  parseGates,
} from "./index.ts";

const gate = (fields: Partial<Gate>): Gate => ({ metric: "violation", group: {}, ...fields });
const side = (name: string, n: number, value: (i: number) => MeasuredItem["values"][string]): MeasuredSubject => ({
  name,
  items: Array.from({ length: n }, (_, i) => ({
    id: `${i}`,
    asked: `ask ${i}`,
    groups: { split: "heldOut" },
    values: { violation: value(i) },
  })),
});
const judged = async (
  fields: Partial<Gate>,
  subjects: readonly MeasuredSubject[],
  baseline = side("base", 0, () => true),
) => (await judgeGates([gate(fields)], { subjects, baseline: async () => baseline, directions: () => "lower" }))[0];

describe("parseGates", () => {
  it("reads limits and baselines", () => {
    const text = `
gates:
  - metric: violation
    group: { split: heldOut }
    checkpoint: rl-cai
    max: 0.05
  - { metric: overRefusal, baseline: runs/released, margin: 0.02, name: still helpful }
`;
    expect(parseGates(text, "gates.yaml")).toMatchObject([
      { metric: "violation", max: 0.05, group: { split: "heldOut" } },
      { name: "still helpful", margin: 0.02, group: {} },
    ]);
  });

  it.each([
    ["an empty list", "gates: []", /gates/],
    ["nothing", "", /whole/],
    ["no YAML", "gates: [", /gates.yaml/],
    ["no limit", "gates: [{ metric: x }]", /one of max, min and baseline/],
    ["two limits", "gates: [{ metric: x, max: 1, min: 0 }]", /one of/],
    ["a baseline without a margin", "gates: [{ metric: x, baseline: runs/a }]", /margin/],
    ["a slip of the pen", "gates: [{ metric: x, maximum: 1 }]", /maximum/],
  ])("refuses %s", (_, text, message) => {
    expect(() => parseGates(text, "gates.yaml")).toThrowError(message);
  });
});

describe("a limit", () => {
  it.each([
    ["pass", 400, 4, 0.05],
    ["regression", 400, 80, 0.05],
    ["not-enough-evidence", 40, 1, 0.05],
  ] as const)("%s with n = %i, %i violations, at most %d", async (outcome, n, bad, max) => {
    expect(await judged({ max }, [side("run@rl-cai", n, (i) => i < bad)])).toMatchObject({ outcome, n });
  });

  it("a rate at least", async () => {
    expect(await judged({ min: 0.8 }, [side("a", 300, (i) => i < 290)])).toMatchObject({ outcome: "pass" });
    expect(await judged({ min: 0.99 }, [side("a", 300, (i) => i < 270)])).toMatchObject({ outcome: "regression" });
  });

  it("answers that are no sentence, all without a verdict, pass no limit on violations", async () => {
    const mumbled = side("mumbles", 420, () => null);
    expect(await judged({ max: 0.05 }, [mumbled])).toMatchObject({ outcome: "not-enough-evidence", undetermined: 420 });
  });

  it("answers without a verdict count against either claim", async () => {
    const missing = (bad: number, none: number): MeasuredSubject =>
      side("a", 400, (i) => (i < bad ? true : i < bad + none ? null : false));
    expect(await judged({ max: 0.05 }, [missing(4, 0)])).toMatchObject({ outcome: "pass" });
    expect(await judged({ max: 0.05 }, [missing(4, 40)])).toMatchObject({
      outcome: "not-enough-evidence",
      undetermined: 40,
    });
    expect(await judged({ max: 0.05 }, [missing(80, 40)])).toMatchObject({ outcome: "regression" });
    expect(await judged({ max: 0.05 }, [missing(0, 400)])).toMatchObject({ outcome: "not-enough-evidence" });
  });

  it("an empty set, an unknown metric and an unknown checkpoint are never green", async () => {
    const subjects = [side("run@rl-cai", 400, () => false)];
    expect(await judged({ max: 0.5, group: { split: "nowhere" } }, subjects)).toMatchObject({
      outcome: "not-enough-evidence",
      n: 0,
    });
    expect(await judged({ max: 0.5, metric: "voilation" }, subjects)).toMatchObject({ outcome: "not-enough-evidence" });
    expect(await judged({ max: 0.5, checkpoint: "sl-cai" }, subjects)).toMatchObject({
      outcome: "not-enough-evidence",
    });
    expect(await judged({ max: 0.5 }, [])).toMatchObject({ outcome: "not-enough-evidence" });
    await expect(
      judgeGates([], { subjects, baseline: async () => side("b", 1, () => true), directions: () => "lower" }),
    ).rejects.toThrow(/no gates/);
  });

  it("a mean with zero variance or one item proves nothing", async () => {
    expect(await judged({ max: 2 }, [side("a", 30, () => 1.5)])).toMatchObject({ outcome: "not-enough-evidence" });
    expect(await judged({ max: 2 }, [side("a", 1, () => 1.5)])).toMatchObject({ why: "one cluster" });
    expect(await judged({ max: 2 }, [side("a", 30, (i) => 1 + (i % 3) / 10)])).toMatchObject({ outcome: "pass" });
  });
});

describe("a baseline", () => {
  const before = side("before", 1000, (i) => i % 100 < 10);

  it.each([
    ["pass", 10],
    ["regression", 30],
    ["not-enough-evidence", 12],
  ] as const)("%s at %i %% after 10 %% with a margin of 2 points", async (outcome, percent) => {
    const after = side("run", 1000, (i) => i % 100 < percent);
    expect(await judged({ baseline: "before", margin: 0.02 }, [after], before)).toMatchObject({ outcome });
  });

  it("answers without a verdict may hide a change of one each", async () => {
    const lacking = (missing: number) => side("run", 1000, (i) => (i >= 1000 - missing ? null : i % 100 < 10));
    const fields = { baseline: "before", margin: 0.02 };
    expect(await judged(fields, [lacking(0)], before)).toMatchObject({ outcome: "pass" });
    expect(await judged(fields, [lacking(50)], before)).toMatchObject({
      outcome: "not-enough-evidence",
      n: 1000,
      undetermined: 50,
    });
    const worse = side("run", 1000, (i) => (i >= 980 ? null : i % 100 < 30));
    expect(await judged(fields, [worse], before)).toMatchObject({ outcome: "regression" });
  });

  it("better never trips", async () => {
    const after = side("run", 1000, (i) => i % 100 < 1);
    expect(await judged({ baseline: "before", margin: 0.02 }, [after], before)).toMatchObject({ outcome: "pass" });
  });

  it("refuses other prompts", async () => {
    const other = { ...before, items: before.items.map((item) => ({ ...item, asked: `${item.asked}?` })) };
    await expect(judged({ baseline: "before", margin: 0.02 }, [side("run", 1000, () => true)], other)).rejects.toThrow(
      /other words/,
    );
  });
});

describe("reports", () => {
  const results = async () =>
    judgeGates(
      [
        gate({ max: 0.05 }),
        gate({ max: 0.05, metric: "other", name: 'a "quoted" <gate> & | more' }),
        gate({ min: 0.5 }),
      ],
      {
        subjects: [side("run", 400, (i) => i < 4)],
        baseline: async () => side("b", 1, () => true),
        directions: () => "lower",
      },
    );

  it("exits 3 before 4 before 0", async () => {
    const [pass, missing, regression] = await results();
    if (pass === undefined || missing === undefined || regression === undefined) throw new RangeError("three gates");
    expect(gateExitCode([pass, missing, regression])).toBe(3);
    expect(gateExitCode([pass, missing])).toBe(4);
    expect(gateExitCode([pass])).toBe(0);
    expect(gateExitCode([])).toBe(4);
    expect(() => assertGates([pass])).not.toThrow();
    expect(() => assertGates([pass, regression])).toThrowError(expect.objectContaining({ code: "gate-tripped" }));
    expect(() => assertGates([missing])).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
  });

  it("are Markdown and JUnit", async () => {
    const found = await results();
    expect(gatesMarkdown(found)).toMatchInlineSnapshot(`
      "## Gates: 1 passed, 1 regressed, 1 without enough evidence

      | gate | outcome | n | why |
      | --- | --- | --- | --- |
      | violation ≤ 0.05 | pass | 400 | 0.010 [0.004, 0.025] against at most 0.05 |
      | a "quoted" <gate> & \\| more | not enough evidence | 0 | no item has this metric in this group |
      | violation ≥ 0.5 | REGRESSION | 400 | 0.010 [0.004, 0.025] against at least 0.5 |
      "
    `);
    expect(gatesJUnit(found, 1.5)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites tests="3" failures="1" errors="1" time="1.500">
        <testsuite name="precept gates" tests="3" failures="1" errors="1" time="1.500">
          <testcase classname="precept.gates" name="violation ≤ 0.05" time="0"/>
          <testcase classname="precept.gates" name="a &quot;quoted&quot; &lt;gate&gt; &amp; | more" time="0">
            <error type="not-enough-evidence" message="no item has this metric in this group"/>
          </testcase>
          <testcase classname="precept.gates" name="violation ≥ 0.5" time="0">
            <failure type="regression" message="0.010 [0.004, 0.025] against at least 0.5"/>
          </testcase>
        </testsuite>
      </testsuites>
      "
    `);
    expect(errorJUnit("broken\u0001 & out")).toContain('errors="1"');
  });
});
