import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silentProgress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { tinyTokenizer } from "../../training/local/tiny.test-support.ts";
import {
  initialWeights,
  loadCheckpoint,
  SCALAR_HEAD,
  saveCheckpoint,
  withScalarHead,
} from "../../transformer/index.ts";
import { attributeAnswer } from "./attribute.ts";
import { makeRun } from "./run.test-support.ts";

const provenance = { constitutionHash: "", templateVersion: "harbor-1", model: "sl-cai", seed: 1, schemaVersion: 1 };
const usage = { promptTokens: 1, completionTokens: 1 };
const [colours, numbers] = [
  ["red", "green", "blue"],
  ["one", "two", "three"],
];

const ordersOf = (probability: number) =>
  ["ab", "ba"].map(() => ({ method: "logprobs", probability, thought: "A says it ." }));

/** Two answers to a request, and a label under one principle. */
function comparisonOf(colour: string, number: string, round: number): Record<string, unknown>[] {
  const promptId = `${colour}-${number}-${round}`;
  const of = `ai-feedback/${promptId}`;
  const responses = [`yes ${number} ${colour} .`, `not ${colour} .`];
  const label = round === 0 ? 0.9 : 0.2;
  return [
    ...responses.map((response, sample) => ({
      ...{ ...provenance, type: "response", id: `${of}/response-${sample}`, parents: [promptId], principleId: null },
      ...{ promptId, kind: "red-team", sample, response, finishReason: "stop", usage },
      messages: [{ role: "user", content: `say ${colour} ${number}` }],
    })),
    {
      ...{ ...provenance, type: "comparison", id: `${of}/comparison`, principleId: null, promptId, usage },
      ...{ parents: [`${of}/response-0`, `${of}/response-1`], source: "harmlessness", responses },
      ...{ label, raw: label, clamp: null },
      evidence: [
        { principleId: colour, weight: 1, probability: label, disagreement: 0, orders: ordersOf(label) },
        { principleId: "calm", weight: 1, probability: 0.51, disagreement: 0, orders: ordersOf(0.51) },
      ],
    },
  ];
}

let run = "";
beforeEach(async () => {
  run = await makeRun();
  const records = colours.flatMap((colour) =>
    numbers.flatMap((number) => [0, 1].flatMap((round) => comparisonOf(colour, number, round))),
  );
  mkdirSync(join(run, "ai-feedback"));
  const lines = records.sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1)).map((one) => JSON.stringify(one));
  writeFileSync(join(run, "ai-feedback", "records.jsonl"), `${lines.join("\n")}\n`);
  const path = join(run, "manifest.json");
  const manifest = JSON.parse(readFileSync(path, "utf8"));
  const pairs = { minConfidence: 0, heldOutShare: 0 };
  const method = {
    ...manifest.method,
    controls: { shuffleLabels: false },
    dpo: { ...pairs, beta: 0.1, nllWeight: 0 },
    preferenceModel: { ...pairs, from: "initial", training: { epochs: 1, learningRate: 0.01 } },
  };
  writeFileSync(path, JSON.stringify({ ...manifest, method }));
});

const options = { prompt: "say green two", answer: "yes two green .", command: "attribute", progress: silentProgress };
const settings = { projection: 4 };

test("an answer of DPO is traced to the comparisons as well, by what they did for its probability", async () => {
  cpSync(join(run, "sl-cai", "checkpoint"), join(run, "dpo", "checkpoint"), { recursive: true });
  const { compared, notes } = await attributeAnswer(`${run}@dpo`, { ...options, settings, top: 2 });
  expect(compared).toMatchObject({ stage: "dpo", comparisons: 18, opponents: [expect.anything()] });
  // The pair whose better answer it is pushed it up; the one with the label turned round, down.
  expect(compared?.proponents[0]).toMatchObject({ id: "ai-feedback/green-two-0/comparison", principles: ["green"] });
  expect(compared?.proponents[0]?.influence).toBeGreaterThan(0);
  expect(compared?.opponents[0]).toMatchObject({ id: "ai-feedback/green-two-1/comparison" });
  expect(compared?.opponents[0]?.influence).toBeLessThan(0);
  expect(notes.join("\n")).not.toContain("is not traced");
  expect((await attributeAnswer(run, { ...options, settings })).compared).toBeUndefined();
  // The curvature is kept: each comparison is read once, and the line of progress comes to its end.
  const told: (number | string)[] = [];
  const progress = {
    ...silentProgress,
    start: (_: string, label: string, total: number) => told.push(label, total),
    advance: (items: number) => told.push(items),
    finish: () => told.push("finished"),
  };
  await attributeAnswer(`${run}@dpo`, { ...options, settings, top: 2, progress });
  const [total = 0, ...rest] = told.slice(told.indexOf("gradients of comparisons") + 1);
  const advanced = rest.slice(0, rest.indexOf("finished")).map(Number);
  expect([total, advanced.reduce((sum, n) => sum + n, 0)]).toEqual([18, 18]);
});

test("an answer of RL-CAI is traced to what the preference model's score of it goes back to", async () => {
  cpSync(join(run, "sl-cai", "checkpoint"), join(run, "rl-cai", "checkpoint"), { recursive: true });
  const without = await attributeAnswer(`${run}@rl-cai`, { ...options, settings });
  expect(without.compared).toBeUndefined();
  expect(without.notes.join("\n")).toContain("what RL or DPO added is not traced");
  const { config } = await loadCheckpoint(join(run, "initial", "checkpoint"));
  const random = rng(5);
  for (const head of [0, 1]) {
    const weights = new Map(
      [...withScalarHead(config, initialWeights(config, rng(3)), 1)].map(([name, { shape, data }]) => [
        name,
        { shape, data: name === SCALAR_HEAD ? data.map(() => head * random.normal()) : data },
      ]),
    );
    await saveCheckpoint(join(run, "preference-model", "checkpoint"), { config, tokenizer: tinyTokenizer(), weights });
    const { compared, notes } = await attributeAnswer(`${run}@rl-cai`, { ...options, settings, top: 2 });
    expect(compared).toMatchObject({ stage: "preference-model", comparisons: 18 });
    expect(notes.join("\n").includes("scores every answer alike")).toBe(head === 0);
    if (head === 1) {
      expect(compared?.proponents[0]?.id).toBe("ai-feedback/green-two-0/comparison");
      expect(compared?.opponents[0]?.influence).toBeLessThan(0);
    }
  }
});
