import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { readFindings } from "../../inside/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { attributeAnswer } from "./attribute.ts";
import { forgetNearest } from "./forget.ts";
import { chainRecords, makeRun, writeRecords } from "./run.test-support.ts";

const records = chainRecords;
let run = "";
beforeEach(async () => {
  run = await makeRun();
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
  // The run keeps it, for its page and the viewer: once, however often it is asked.
  await attributeAnswer(`${run}@sl-cai`, { ...options, settings, top: 2 });
  const { answers, indexed } = readFindings(run);
  expect(answers).toMatchObject([{ name: found.kept, request: "say green two", answering: "sl-cai" }]);
  expect(answers[0]?.strongest.map(({ example }) => example.id)).toContain("sl-cai/green-two/example-1");
  expect(indexed).toEqual({ "sl-cai": 9 });
  // Without optimizer state and without earlier checkpoints: EK-FAC wants neither, and TracInCP's lack is told.
  expect(found.notes.join("\n")).toContain("TracInCP sums over those of the training");
});

test("a critique that was deleted since is named, and the example stands all the same", async () => {
  writeRecords(
    run,
    records.filter(({ id }) => id !== "sl-cai/green-two/critique-1"),
  );
  const { proponents } = await attributeAnswer(run, { ...options, settings, top: 1 });
  expect(proponents[0]?.example).toMatchObject({
    ...{ principles: ["green"], critiques: [], missing: ["sl-cai/green-two/critique-1"] },
  });
});

test("a training example that was deleted since the index was made is told with what to do", async () => {
  await attributeAnswer(run, { ...options, settings });
  writeRecords(
    run,
    records.filter(({ id }) => id !== "sl-cai/red-one/example-1"),
  );
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
  expect(readFindings(run).forgotten).toMatchObject([{ request: "say green two", rows: [{}, {}, {}] }]);
  const [, nearest, random] = forgotten.rows;
  expect(nearest?.logprob).toBeLessThan(random?.logprob ?? Number.NEGATIVE_INFINITY);
});
