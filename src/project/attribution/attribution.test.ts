import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { silentProgress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { packageVersion } from "../../storage/index.ts";
import { temporaryFolder, tinyTokenizer } from "../../training/local/tiny.test-support.ts";
import { initialWeights, saveCheckpoint } from "../../transformer/index.ts";
import { attributeAnswer } from "./attribute.ts";
import { forgetNearest } from "./forget.ts";

const provenance = { constitutionHash: "", templateVersion: "harbor-1", model: "initial", seed: 1, schemaVersion: 1 };
const usage = { promptTokens: 1, completionTokens: 1 };
const colours = ["red", "green", "blue"];

/** A response, its critique, its revision and the example made of it. */
function chainOf(colour: string, number: string): Record<string, unknown>[] {
  const promptId = `${colour}-${number}`;
  const of = `sl-cai/${promptId}`;
  const messages = [{ role: "user", content: `say ${colour} ${number}` }];
  return [
    {
      ...{ ...provenance, type: "response", id: `${of}/response-0`, parents: [promptId], principleId: null, promptId },
      ...{ kind: "red-team", messages, sample: 0, response: `not ${colour} .`, finishReason: "stop", usage },
    },
    {
      ...{
        ...provenance,
        type: "critique",
        id: `${of}/critique-1`,
        parents: [`${of}/response-0`],
        principleId: colour,
      },
      ...{ promptId, round: 1, critique: `it says not ${colour}`, finding: "breaks", finishReason: "stop", usage },
    },
    {
      ...{ ...provenance, type: "revision", id: `${of}/revision-1`, promptId, principleId: colour, round: 1 },
      ...{ parents: [`${of}/response-0`, `${of}/critique-1`], tripped: [colour], outcome: "usable" },
      ...{ revision: `yes ${number} ${colour} .`, finishReason: "stop", usage },
    },
    {
      ...{
        ...provenance,
        type: "sl-example",
        id: `${of}/example-1`,
        parents: [`${of}/revision-1`],
        promptId,
        round: 1,
      },
      ...{ principleId: colour, source: "revision", prompt: `<user> say ${colour} ${number} <asst>`, weight: 1 },
      completion: `yes ${number} ${colour} .`,
    },
  ];
}

const records = colours.flatMap((colour) => ["one", "two", "three"].flatMap((number) => chainOf(colour, number)));
let run = "";
const writeRecords = (kept: readonly Record<string, unknown>[]): void =>
  writeFileSync(
    join(run, "sl-cai", "records.jsonl"),
    [...kept]
      .sort((a, b) => (String(a["id"]) < String(b["id"]) ? -1 : 1))
      .map((record) => `${JSON.stringify(record)}\n`)
      .join(""),
  );

beforeEach(async () => {
  run = join(await temporaryFolder(), "run");
  mkdirSync(join(run, "sl-cai"), { recursive: true });
  const tokenizer = tinyTokenizer();
  const config = {
    ...{ vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, feedForwardSize: 32, layers: 1, heads: 2 },
    ...{ keyValueHeads: 1, headSize: 8, contextLength: 64, ropeTheta: 10000, normEpsilon: 1e-5, tiedEmbeddings: true },
  };
  for (const [place, seed] of [["initial", 1] as const, ["sl-cai", 2] as const])
    await saveCheckpoint(join(run, place, "checkpoint"), {
      config,
      tokenizer,
      weights: initialWeights(config, rng(seed)),
    });
  const training = { epochs: 12, learningRate: 0.02 };
  const entry = { status: "done", after: [], inputsHash: "", checkpoints: [], seconds: 1, peakMemoryBytes: 1 };
  const manifest = {
    ...{ format: 2, kind: "project", version: packageVersion, node: "v24", platform: "linux-x64", gitCommit: null },
    ...{ command: "demo", seed: 1, config: { world: { name: "harbor" } }, method: { slCai: { training } }, inputs: {} },
    stages: { "sl-cai": { ...entry, records: { records: "" } } },
  };
  writeFileSync(join(run, "manifest.json"), JSON.stringify(manifest));
  writeRecords(records);
});

const options = { prompt: "say green two", answer: "yes two green .", command: "attribute", progress: silentProgress };
const settings = { projection: 4 };

test("an answer is traced to its example, the critique of it and the principle", async () => {
  const found = await attributeAnswer(`${run}@sl-cai`, { ...options, settings, top: 1 });
  expect(found).toMatchObject({ answering: "sl-cai", trained: "sl-cai", examples: 9, request: "say green two" });
  expect(found.proponents).toMatchObject([
    {
      example: {
        id: "sl-cai/green-two/example-1",
        principles: ["green"],
        critiques: [{ id: "sl-cai/green-two/critique-1", principleId: "green", text: "it says not green" }],
        missing: [],
      },
      byMethod: { ekfac: { rank: 1 }, tracin: { rank: 1 }, repsim: { rank: 1 }, bm25: { rank: 1 } },
      agreement: 4,
    },
  ]);
  expect(found.principles.map(({ principleId }) => principleId).sort()).toEqual(["blue", "green", "red"]);
  // Without optimizer state and without earlier checkpoints: EK-FAC wants neither, and TracInCP's lack is told.
  expect(found.notes.join("\n")).toContain("TracInCP sums over those of the training");
});

test("a critique that was deleted since is named, and the example stands all the same", async () => {
  writeRecords(records.filter(({ id }) => id !== "sl-cai/green-two/critique-1"));
  const { proponents } = await attributeAnswer(run, { ...options, settings, top: 1 });
  expect(proponents[0]?.example).toMatchObject({
    ...{ principles: ["green"], critiques: [], missing: ["sl-cai/green-two/critique-1"] },
  });
});

test("a training example that was deleted since the index was made is told with what to do", async () => {
  await attributeAnswer(run, { ...options, settings });
  writeRecords(records.filter(({ id }) => id !== "sl-cai/red-one/example-1"));
  const again = attributeAnswer(run, { ...options, settings });
  await expect(again).rejects.toMatchObject({
    code: "run-invalid",
    details: { expected: expect.stringContaining("deleted"), remedy: expect.stringContaining("--rebuild") },
  });
  expect((await attributeAnswer(run, { ...options, settings, rebuild: true })).examples).toBe(8);
});

test("the model that a run began with was trained on nothing of it", async () => {
  await expect(attributeAnswer(`${run}@initial`, options)).rejects.toMatchObject({
    code: "usage",
    details: { found: "the model that the run began with", remedy: expect.stringContaining("@sl-cai") },
  });
});

test("a run whose model was trained elsewhere is told of --records, which wants the answer", async () => {
  rmSync(join(run, "sl-cai", "checkpoint"), { recursive: true });
  await expect(attributeAnswer(run, options)).rejects.toMatchObject({
    code: "checkpoint-missing",
    details: { remedy: expect.stringContaining("--records") },
  });
  const { answer: _answer, ...without } = options;
  await expect(attributeAnswer(run, { ...without, records: true })).rejects.toMatchObject({ code: "usage" });
  await expect(attributeAnswer(run, { ...options, records: true, method: "ekfac" })).rejects.toMatchObject({
    code: "usage",
  });
  const words = await attributeAnswer(run, { ...options, records: true, top: 1 });
  expect(words).toMatchObject({ method: "bm25", opponents: [], notes: [expect.stringContaining("cannot be known")] });
  expect(Object.keys(words.proponents[0]?.byMethod ?? {})).toEqual(["bm25"]);
  const embed = join(run, "initial", "checkpoint");
  const states = await attributeAnswer(run, { ...options, records: true, embed, top: 1 });
  expect(states.proponents).toMatchObject([
    { example: { id: "sl-cai/green-two/example-1" }, byMethod: { repsim: { rank: 1, score: expect.closeTo(1, 4) } } },
  ]);
});

test("a checkpoint of another family is refused by its name", async () => {
  const path = join(run, "sl-cai", "checkpoint", "config.json");
  const config = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...config, architectures: ["GPT2LMHeadModel"], model_type: "gpt2" }));
  await expect(attributeAnswer(run, options)).rejects.toMatchObject({
    code: "checkpoint-invalid",
    message: expect.stringMatching(/gpt2/i),
  });
});

test("without the nearest examples an answer is less likely than without random ones", async () => {
  const forgotten = await forgetNearest(run, { ...options, method: "bm25", without: 3 });
  expect(forgotten).toMatchObject({ principle: "green", without: 3 });
  expect(forgotten.rows.map(({ left }) => left)).toEqual(["none", "nearest", "random"]);
  const [, nearest, random] = forgotten.rows;
  expect(nearest?.logprob).toBeLessThan(random?.logprob ?? Number.NEGATIVE_INFINITY);
});
