import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import type { AnswerRecord } from "../../evaluation/index.ts";
import { packageRoot } from "../../storage/index.ts";
import { measureBound } from "./bound.ts";
import { addDecision, type DecisionContent, lastOf, readDecisions, takeDecisions } from "./decisions.ts";
import { lintScalingPolicy } from "./lint.ts";
import { scalingPolicyJsonSchema } from "./policy.ts";
import { parseScalingPolicy } from "./policy-file.ts";
import { scalingPolicySchemaPath } from "./write-schema.ts";

const template = readFileSync(join(packageRoot, "templates", "scaling-policy.yaml"), "utf8");

test("the template is a policy that leaves nothing out, and the published schema is the one that reads it", () => {
  const { policy } = parseScalingPolicy(template, "template");
  expect(lintScalingPolicy(policy)).toEqual([]);
  expect(JSON.parse(readFileSync(scalingPolicySchemaPath, "utf8"))).toEqual(scalingPolicyJsonSchema());
});

test("the hash is that of what a policy says: not of its layout, but of every threshold and name", () => {
  const hashOf = (text: string) => parseScalingPolicy(text, "policy").hash;
  const own = hashOf(template);
  expect(
    hashOf(
      `# another remark\n\n${template.replaceAll("{ bestOf: 8, fineTune: 0.01 }", "\n      fineTune: 0.01\n      bestOf: 8")}`,
    ),
  ).toBe(own);
  expect(hashOf(template.replace("help-with-harm: 0.1", "help-with-harm: 0.11"))).not.toBe(own);
  expect(hashOf(template.replace("within the team alone", "within the firm alone"))).not.toBe(own);
});

test("every fault of a policy stands with its line", () => {
  const text = `name: n
measures: { a: { suite: s, metric: m, elicitation: { fineTune: 0.5 } } }
levels: [{ id: Big, thresholds: { a: 0.1 }, sufeguards: {} }]
`;
  expect(() => parseScalingPolicy(text, "p.yaml")).toThrowError(
    expect.objectContaining({
      code: "policy-invalid",
      issues: [
        expect.objectContaining({ line: 2, path: "measures.a.elicitation.fineTune" }),
        expect.objectContaining({ line: 3, path: "levels[0].id" }),
        expect.objectContaining({ line: 3, path: "levels[0].sufeguards" }),
      ],
    }),
  );
  expect(() => parseScalingPolicy("name: n\nmeasures: {}\nlevels: [{ id: a }]\n", "p.yaml")).toThrow(
    "the level a has no threshold: nothing could reach it",
  );
});

test("what a policy leaves out is said", () => {
  const { policy } = parseScalingPolicy(
    `name: n
measures: { a: { suite: s, metric: m }, b: { suite: s, metric: m, elicitation: { bestOf: 2 } } }
levels:
  - { id: low, thresholds: { a: 0.2 }, decides: [x], safeguards: { gates: [gates.yaml] } }
  - { id: high, above: low, thresholds: { a: 0.2 } }
`,
    "p.yaml",
  );
  expect(lintScalingPolicy(policy)).toEqual([
    "the measure b has no threshold in any level",
    "the measure a is asked plainly only: nothing tries to draw the capability out",
    "the level high does not say who decides",
    "the level high has a threshold of a that is not above that of low",
    "evidence never grows old: evidenceDays is not set",
  ]);
});

const answer = (itemId: string, sample: number, value: boolean | number | null): AnswerRecord => ({
  ...{ type: "answer", schemaVersion: 1, id: `${itemId}/${sample}`, parents: [], principleId: null, seed: 1 },
  ...{ constitutionHash: "", templateVersion: "", model: "m", subject: "m", benchmark: "s", itemId, sample },
  ...{ groups: { split: "a" }, messages: [], response: "", replies: [], values: { m: value } },
  usage: { promptTokens: 0, completionTokens: 0 },
});

test("a bound by hand: the best of several answers, an unread one as one that shows it, Wilson's interval", () => {
  const measure = { metric: "m", group: {} };
  const best = { kind: "best-of", n: 2 } as const;
  // Of 10 items, 2 show it in one of two answers, and of 1 an answer could not be read.
  const answers = Array.from({ length: 10 }, (_, i) => [
    answer(`${i}`, 0, false),
    answer(`${i}`, 1, i < 2 ? true : i === 9 ? null : false),
  ]).flat();
  const bound = measureBound(answers, measure, best);
  // Wilson for 2 of 10 and for 3 of 10 at 95 %: 0.0567 below, 0.6032 above.
  expect(bound).toMatchObject({ low: expect.closeTo(0.0567, 4), high: expect.closeTo(0.6032, 4), n: 10 });
  expect(measureBound(answers, measure, { kind: "plain" })).toBe("1 answers without a verdict");
  expect(measureBound(answers, { metric: "m", group: { split: "b" } }, best)).toBe(
    "no item has the metric m in this group",
  );
  expect(measureBound(answers.toReversed(), measure, best)).toEqual(bound);
  // Of clusters an interval knows more; a decision record takes these four alone.
  const clustered = answers.map((one) => ({ ...one, cluster: `c${Number(one.itemId) % 5}` }));
  expect(Object.keys(measureBound(clustered, measure, best)).sort()).toEqual(["estimate", "high", "low", "n"]);
  // Nothing is known of the spread of values that are all alike.
  const flat = Array.from({ length: 10 }, (_, i) => answer(`${i}`, 0, 0.5));
  expect(measureBound(flat, measure, { kind: "plain" })).toMatch(/zero variance/);
});

const content: Omit<DecisionContent, "previous"> = {
  ...{ at: "2026-01-02T03:04:05.000Z", policy: { name: "p", hash: "h" }, checkpoint: { name: "c", hash: "h" } },
  ...{ trainingFlops: null, outcome: "clear", measures: [], levels: [] },
};

test("an outside party goes on with the chain, and what does not begin with ours is not taken", () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-decisions-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [ours, theirs] = [join(folder, "ours.json"), join(folder, "theirs.json")];
  const first = addDecision(ours, content);
  writeFileSync(theirs, readFileSync(ours));
  const second = addDecision(theirs, { ...content, decision: { by: "lab", what: "pause", isNamed: false } });
  expect([first.previous, second.previous]).toEqual([null, first.hash]);
  expect(takeDecisions(ours, theirs)).toEqual([second]);
  expect(readDecisions(ours)).toHaveLength(2);
  addDecision(ours, content);
  addDecision(theirs, { ...content, outcome: "crossed" });
  expect(() => takeDecisions(ours, theirs)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  expect(readDecisions(ours)).toHaveLength(3);
});

test("an outside party's record on another checkpoint or by another policy is not taken", () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-decisions-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ours = join(folder, "ours.json");
  addDecision(ours, content);
  for (const other of [{ policy: { name: "p", hash: "i" } }, { checkpoint: { name: "c", hash: "i" } }]) {
    const theirs = join(folder, `${Object.keys(other)[0]}.json`);
    writeFileSync(theirs, readFileSync(ours));
    addDecision(theirs, { ...content, ...other });
    expect(() => takeDecisions(ours, theirs)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  }
  expect(readDecisions(ours)).toHaveLength(1);
});

test("several processes that decide at once lose no record", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-decisions-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "policy.json");
  const own = pathToFileURL(join(packageRoot, "src", "oversight", "policy", "decisions.ts")).href;
  const script = `const { addDecision } = await import(${JSON.stringify(own)});
for (let i = 0; i < 5; i++) addDecision(${JSON.stringify(path)}, ${JSON.stringify(content)});`;
  const run = promisify(execFile);
  await Promise.all([1, 2, 3].map(() => run(process.execPath, ["--input-type=module", "-e", script])));
  expect(readDecisions(path)).toHaveLength(15);
});

test("a chain that was cut off at its end, or removed, is found; one that is longer than was noted is whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-decisions-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "policy.json");
  addDecision(path, content);
  const [one, noted] = [readFileSync(path), readFileSync(lastOf(path))];
  addDecision(path, content);
  const [two, after] = [readFileSync(path), readFileSync(lastOf(path))];
  writeFileSync(path, one);
  expect(() => readDecisions(path)).toThrow("its end was cut off");
  rmSync(path);
  expect(() => readDecisions(path)).toThrow("no file, though 2 records were written");
  writeFileSync(path, two);
  writeFileSync(lastOf(path), noted);
  expect(readDecisions(path)).toHaveLength(2);
  writeFileSync(lastOf(path), after);
  expect(readDecisions(path)).toHaveLength(2);
});

test("a record with something added, or of no form at all, is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-decisions-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "policy.json");
  const interval = { estimate: 0.1, low: 0, high: 0.2, n: 9 };
  const measures = [{ name: "m", elicitations: [{ how: "plain", status: "measured" as const, interval }], upper: 0.2 }];
  addDecision(path, { ...content, measures, decision: { by: "lab", what: "pause", isNamed: true } });
  const text = readFileSync(path, "utf8");
  const added = ["outcome", "by", "estimate", "how", "format"].map((key) =>
    text.replace(`"${key}"`, `"overruledBy": "the board", "${key}"`),
  );
  expect(new Set(added).size).toBe(5);
  for (const edited of [...added, "[]", text.slice(0, 40)]) {
    writeFileSync(path, edited);
    expect(() => addDecision(path, content)).toThrowError(expect.objectContaining({ code: "run-invalid" }));
    expect(readFileSync(path, "utf8")).toBe(edited);
  }
});
