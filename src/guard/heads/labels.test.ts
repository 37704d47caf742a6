import { expect, test } from "vitest";
import type { ChainRecord } from "../../feedback/index.ts";
import { countLabels, guardLabelSchema, labelAny, labelInputs, labelOutputs, samplesOf, splitOf } from "./labels.ts";

const common = {
  schemaVersion: 1,
  constitutionHash: "sha256:c",
  templateVersion: "t",
  model: "initial",
  seed: 1,
} as const;
const usage = { promptTokens: 1, completionTokens: 1 };
const response = (promptId: string, text: string): ChainRecord => ({
  ...{ ...common, type: "response", id: `sl-cai/${promptId}/response-0`, parents: [promptId], principleId: null },
  ...{
    promptId,
    kind: "red-team",
    messages: [{ role: "user", content: `ask ${promptId}` }],
    sample: 0,
    response: text,
  },
  ...{ finishReason: "stop", usage },
});
const critique = (
  of: string,
  principleId: string,
  finding: "breaks" | "keeps" | "unclear",
  round = 1,
): ChainRecord => ({
  ...{ ...common, type: "critique", id: `${of}/critique-${round}-${principleId}`, parents: [of], principleId },
  ...{ promptId: of.split("/")[1] ?? "", round, critique: "so it is", finding, finishReason: "stop", usage },
});
const revision = (promptId: string, text: string, outcome: "usable" | "empty" = "usable"): ChainRecord => ({
  ...{
    ...common,
    type: "revision",
    id: `sl-cai/${promptId}/revision-1`,
    parents: [`sl-cai/${promptId}/response-0`, "c"],
  },
  ...{
    principleId: "calm",
    promptId,
    round: 1,
    tripped: ["calm"],
    revision: text,
    outcome,
    finishReason: "stop",
    usage,
  },
});

test("a critique that was passed over for what it quotes labels nothing", () => {
  const grounds = { verdict: "unfounded", isPassedOver: true, checks: [] } as const;
  const of = "sl-cai/p1/response-0";
  const records = [
    response("p1", "take the boat"),
    Object.assign(critique(of, "calm", "breaks"), { grounds }),
    critique(of, "danger", "keeps"),
  ];
  expect(labelOutputs(records).map(({ labels }) => labels)).toEqual([{ danger: 0 }]);
  expect(labelInputs(records).map(({ labels }) => labels)).toEqual([{ danger: 0 }]);
});

test("what critiques found is the label, what was unclear is none, and a usable revision keeps its principle", () => {
  const records = [
    response("p1", "you fool , take the boat"),
    critique("sl-cai/p1/response-0", "calm", "breaks"),
    critique("sl-cai/p1/response-0", "danger", "keeps"),
    critique("sl-cai/p1/response-0", "tone", "unclear"),
    revision("p1", "you may take the boat"),
    critique("sl-cai/p1/revision-1", "danger", "breaks", 2),
  ];
  const [answer, rewritten, ...others] = labelOutputs(records).map((record) => guardLabelSchema.parse(record));
  expect(others).toEqual([]);
  expect(answer).toMatchObject({ text: "you fool , take the boat", labels: { calm: 1, danger: 0 }, differsAt: 4 });
  expect(answer?.labels).not.toHaveProperty("tone");
  expect(answer?.parents).toEqual([
    "sl-cai/p1/response-0",
    "sl-cai/p1/response-0/critique-1-calm",
    "sl-cai/p1/response-0/critique-1-danger",
  ]);
  expect(rewritten).toMatchObject({
    labels: { calm: 0, danger: 1 },
    sources: { calm: "revision", danger: "critique" },
  });
  expect(rewritten?.split).toBe(answer?.split);
  expect(countLabels([answer!, rewritten!])).toEqual({
    calm: { breaks: 1, keeps: 1 },
    danger: { breaks: 1, keeps: 1 },
  });
});

test("a critique that read the revision goes before what the revision was meant to be", () => {
  const records = [
    response("p1", "a b"),
    critique("sl-cai/p1/response-0", "calm", "breaks"),
    revision("p1", "a c"),
    critique("sl-cai/p1/revision-1", "calm", "breaks", 2),
  ];
  expect(labelOutputs(records)[1]?.labels).toEqual({ calm: 1 });
});

test("texts that nobody read, revisions that are none and texts that stand twice make no label", () => {
  const read = critique("sl-cai/p1/response-0", "calm", "keeps");
  expect(labelOutputs([response("p2", "unread")])).toEqual([]);
  expect(labelOutputs([response("p1", "a b"), read, revision("p1", "", "empty")])).toHaveLength(1);
  expect(labelOutputs([response("p1", "a b"), read, revision("p1", "a b")])).toHaveLength(1);
});

test("a split hangs on what was asked alone, and about half of all prompts are for training", () => {
  const prompts = Array.from({ length: 2000 }, (_, i) => [{ role: "user", content: `what about ${i}` } as const]);
  const counts = Map.groupBy(prompts.map(splitOf), (split) => split);
  expect(counts.get("training")?.length).toBeGreaterThan(920);
  expect(counts.get("training")?.length).toBeLessThan(1080);
  expect(counts.get("development")?.length).toBeGreaterThan(620);
  expect(counts.get("report")?.length).toBeGreaterThan(240);
  expect(splitOf([{ role: "user", content: "what about 7" }])).toBe(splitOf(prompts[7]!));
});

test("what people write is labelled by the share of its answers that break a principle, and what is unclear says nothing", () => {
  const [first, second, third] = samplesOf({ id: "p1" }, 3);
  expect([first, second, third].map((one) => one?.id)).toEqual(["p1/sample-0", "p1/sample-1", "p1/sample-2"]);
  const answers = [first, second, third].map((one) => ({ ...response("p1", "an answer"), promptId: one?.id ?? "" }));
  const find = (i: number, principleId: string, finding: "breaks" | "keeps" | "unclear"): ChainRecord => ({
    ...critique(`r${i}`, principleId, finding),
    promptId: `p1/sample-${i}`,
  });
  const findings = [
    ...[0, 1, 2].map((i) => find(i, "danger", i === 0 ? "breaks" : "keeps")),
    ...[0, 1, 2].map((i) => find(i, "calm", i === 0 ? "unclear" : "breaks")),
  ];
  const records = labelInputs([...answers, ...findings, response("p2", "read by nobody")]);
  expect(records).toHaveLength(1);
  const label = guardLabelSchema.parse(records[0]);
  expect(label).toMatchObject({ side: "input", promptId: "p1", text: "ask p1", sources: { danger: "samples" } });
  expect(label.labels["danger"]).toBeCloseTo(1 / 3, 12);
  expect(label.labels["calm"]).toBe(1);
  expect(label.parents).toHaveLength(1 + 5);
  expect(label.split).toBe(splitOf([{ role: "user", content: "ask p1" }]));
});

test("a text breaks any where it breaks one, keeps all where all were read, and else nobody said", () => {
  const [label] = labelOutputs([
    response("p1", "a b"),
    critique("sl-cai/p1/response-0", "calm", "keeps"),
    critique("sl-cai/p1/response-0", "danger", "breaks"),
  ]);
  const anyOf = (labels: Readonly<Record<string, number>>, asked: readonly string[]): number | undefined =>
    labelAny({ ...label!, labels }, asked).labels["*"];
  expect(anyOf({ calm: 0, danger: 0.7 }, ["calm", "danger", "tone"])).toBe(0.7);
  expect(anyOf({ calm: 0, danger: 0.2 }, ["calm", "danger"])).toBe(0.2);
  expect(anyOf({ calm: 0, danger: 0.2 }, ["calm", "danger", "tone"])).toBeUndefined();
});
