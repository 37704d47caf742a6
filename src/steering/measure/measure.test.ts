import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import type { GenerationRequest, LanguageModel } from "../../language-model.ts";
import { promptText, scriptedModel } from "../../models/index.ts";
import { silentProgress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { wilson } from "../../statistics/index.ts";
import { loadSteeringTask, measureSteering, scoreAnswer, steeringTrialSchema } from "./index.ts";

const file = {
  instruction: "Give name and inches as JSON.",
  schema: {
    type: "object",
    properties: { name: { type: "string" }, inches: { type: "integer" } },
    required: ["name", "inches"],
    additionalProperties: false,
  },
  items: Array.from({ length: 10 }, (_, n) => ({
    id: `i${n}`,
    input: `Thing number ${n}`,
    output: { name: `thing ${n}`, inches: n },
  })),
  examples: [{ id: "e", input: "A cup of three inches", output: { name: "cup", inches: 3 } }],
};

function write(change: object = {}, name = "extract.yaml"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, JSON.stringify({ ...file, ...change }));
  return path;
}

/** Right with examples, a number as a string after a prefill, prose otherwise; wrong on odd things where it is told so. */
function subject(name: string, { isOddWrong = false, failAfter = Number.POSITIVE_INFINITY } = {}) {
  const calls: GenerationRequest[] = [];
  const answer = (request: GenerationRequest): string => {
    const text = promptText(request.prompt);
    const n = Number(/number (\d+)/.exec(text)?.[1]);
    if (request.prefill !== undefined) return `thing ${n}", "inches": "${n}"}`;
    if (!text.includes("cup")) return "print('a thing')";
    return JSON.stringify({ name: `Thing ${n}`, inches: isOddWrong && n % 2 === 1 ? -1 : n });
  };
  const base = scriptedModel({});
  const model: LanguageModel = {
    ...base,
    async *generate(requests) {
      for (const request of requests) {
        if (calls.length >= failAfter) throw new Error("pulled out");
        calls.push(request);
        const usage = { promptTokens: 4, completionTokens: 6 };
        yield { id: request.id, text: answer(request), finishReason: "stop", usage };
      }
    },
  };
  return { name, hash: name, calls, open: () => Promise.resolve(model) };
}

const options = (folder: string) => ({
  rungs: ["plain", "prefill", "examples"] as const,
  formats: 1,
  repeat: 1,
  temperature: 0,
  seed: 1,
  folder,
  command: "test",
  progress: silentProgress,
});

test("rates by rung with Wilson's intervals, and how two models differ on the same items", async () => {
  const task = await loadSteeringTask(write());
  const folder = temporaryFolder();
  const subjects = [subject("good"), subject("odd", { isOddWrong: true })];
  const summary = await measureSteering(task, { ...options(folder), subjects });
  const rates = summary.rows.map(({ model, rung, rates: { parsed, fits, right } }) => [
    model,
    rung,
    ...[parsed, fits, right].map((rate) => rate?.estimate),
  ]);
  expect(rates).toEqual([
    ["good", "plain", 0, 0, 0],
    ["good", "prefill", 1, 0, 0],
    ["good", "examples", 1, 1, 1],
    ["odd", "plain", 0, 0, 0],
    ["odd", "prefill", 1, 0, 0],
    ["odd", "examples", 1, 1, 0.5],
  ]);
  expect(summary.rows[5]?.rates.right).toEqual(wilson(5, 10));
  expect(summary.differences.find(({ rung }) => rung === "examples")).toMatchObject({
    first: "good",
    second: "odd",
    difference: { estimate: 0.5, n: 10, clusters: 10 },
  });
  const records = await loadRecords(join(folder, "trials", "records.jsonl"), steeringTrialSchema);
  expect(records).toHaveLength(60);
  expect(records.find(({ rung }) => rung === "prefill")).toMatchObject({
    how: "native",
    fault: "schema",
    tokens: { completionTokens: 6 },
  });
});

test("several wordings and repetitions: items are what counts, and the spread between wordings is told", async () => {
  const task = await loadSteeringTask(write({ wordings: ["{instruction} {input}", "cup {instruction} {input}"] }));
  const one = subject("good");
  const all = { ...options(temporaryFolder()), subjects: [one], rungs: ["plain"] as const, formats: 2, repeat: 3 };
  const { rows } = await measureSteering(task, all);
  expect(rows[0]).toMatchObject({
    n: 60,
    rates: { right: { estimate: 0.5, n: 60, clusters: 10 } },
    byFormat: { right: { least: 0, most: 1 } },
  });
  expect(new Set(one.calls.map(({ seed }) => seed)).size).toBe(60);
});

test("after a death the same command asks only what is missing, and ends with the same bytes", async () => {
  const task = await loadSteeringTask(
    write({ items: Array.from({ length: 70 }, (_, n) => ({ ...file.items[0], id: `x${n}`, input: `number ${n}` })) }),
  );
  const [folder, other] = [temporaryFolder(), temporaryFolder()];
  const whole = await measureSteering(task, { ...options(other), subjects: [subject("m")] });
  const dying = subject("m", { failAfter: 100 });
  await expect(measureSteering(task, { ...options(folder), subjects: [dying] })).rejects.toThrow("pulled out");
  const again = subject("m");
  const summary = await measureSteering(task, { ...options(folder), subjects: [again] });
  // 64 and 6 of the first rung were kept; of the second nothing was whole.
  expect(again.calls).toHaveLength(140);
  expect(summary).toEqual(whole);
  const unasked = subject("m");
  expect(await measureSteering(task, { ...options(folder), subjects: [unasked] })).toEqual(whole);
  expect(unasked.calls).toEqual([]);
});

describe("a task that will not do is refused", () => {
  test.each([
    [{ items: [] }, "items"],
    [{ items: [{ ...file.items[0], output: { name: 1, inches: 1 } }] }, "output of i0 does not fit"],
    [{ items: [file.items[0], file.items[0]] }, "two items with one id"],
    [{ examples: [{ id: "e", input: "Thing number 3", output: { name: "a", inches: 1 } }] }, "item i3 shares 100 %"],
    [{ examples: [{ id: "e", input: "x", output: { name: "a" } }] }, "output of example e does not fit"],
    [{ wordings: ["{instruction}"] }, "a wording has a place {input}"],
    [{ schema: { type: "object", properties: { a: { $ref: "#/no" } } } }, "schema"],
    [{ instruktion: "x" }, "instruktion"],
  ])("%j", async (change, fault) => {
    await expect(loadSteeringTask(write(change))).rejects.toThrow(fault);
  });

  test("and two models of one name", async () => {
    const task = await loadSteeringTask(write());
    const all = { ...options(temporaryFolder()), subjects: [subject("m"), subject("m")] };
    await expect(measureSteering(task, all)).rejects.toThrow("two models that records call m");
  });

  test("and a rung that it cannot have", async () => {
    const task = await loadSteeringTask(write({ examples: undefined }));
    const all = { ...options(temporaryFolder()), subjects: [subject("m")] };
    await expect(measureSteering(task, all)).rejects.toThrow("the task has no examples");
  });
});

test.each([
  ['{"name": " Thing 1 ", "inches": 1}', { parsed: true, fits: true, right: true, repaired: false, fault: null }],
  ["{'name': 'thing 1', 'inches': 1,}", { parsed: true, fits: true, right: true, repaired: true }],
  ['{"name": "thing 1", "inches": "1"}', { parsed: true, fits: false, right: false, fault: "schema" }],
  ['{"name": "thing 2", "inches": 1}', { parsed: true, fits: true, right: false }],
  ["I'm sorry, but I can't help with that.", { parsed: false, refused: true, fault: "no-json" }],
  ["", { parsed: false, fault: "empty" }],
])("%j is scored", async (text, score) => {
  const { validator, items } = await loadSteeringTask(write());
  expect(await scoreAnswer({ text, finishReason: "stop" }, validator, items[1]?.output)).toMatchObject(score);
  const failed = await scoreAnswer({ text, finishReason: "error" }, validator, items[1]?.output);
  expect(failed.fault).toBe("failed");
});
