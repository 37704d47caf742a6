import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tinyCheckpoint } from "../training/local/tiny.test-support.ts";
import { checkpointHash, loadCheckpoint } from "../transformer/index.ts";
import { AttributionIndex } from "./attribution-index.ts";
import { type AttributedModel, buildIndex } from "./build-index.ts";
import type { TrainingExample } from "./examples.ts";
import { sumByPrinciple } from "./principles.ts";
import { findProponents } from "./proponents.ts";

const colours = ["red", "green", "blue"];
const numbers = ["one", "two", "three"];
const examples = colours.flatMap((colour) =>
  numbers.map(
    (number): TrainingExample => ({
      id: `sl-cai/${colour}-${number}/example-1`,
      source: "revision",
      prompt: `<user> say ${colour} ${number} please <asst>`,
      completion: colour === "red" ? `not ${colour} .` : `yes ${number} ${colour} .`,
      weight: 1,
      principles: [colour],
      critiques: [],
      missing: [],
    }),
  ),
);
const settings = { projection: 4, curvatureExamples: 6 };
const command = "attribute";

let folder = "";
let model: AttributedModel;
const modelOf = async (seed: number): Promise<AttributedModel> => {
  const place = await tinyCheckpoint(seed);
  folder = join(place, "..", "attribution");
  return { checkpoint: await loadCheckpoint(place), hash: await checkpointHash(place), examples };
};
beforeEach(async () => {
  model = await modelOf(1);
});

const names = ["examples.jsonl", "tracin.bf16", "ekfac.bf16", "representations.f32", "readings.f32", "index.json"];
const bytes = (): string[] => names.map((name) => readFileSync(join(folder, name)).toString("hex"));

test("an answer that was trained on is traced to itself by every method, and to its principle", async () => {
  await buildIndex(folder, model, { settings, command });
  const index = await AttributionIndex.open(folder, model);
  try {
    const [, , , , asked] = examples as [never, never, never, never, TrainingExample];
    const scores = await index.score(asked);
    for (const method of ["ekfac", "tracin", "repsim", "bm25"] as const) {
      const [first] = findProponents(index.examples, scores, { method, top: 1 });
      expect([method, first?.example.id]).toEqual([method, asked.id]);
    }
    expect(scores.repsim[index.examples.findIndex(({ id }) => id === asked.id)]).toBeCloseTo(1, 5);
    const [best] = sumByPrinciple(index.examples, scores, { method: "bm25", seed: 1 });
    expect(best).toMatchObject({ principleId: "green", examples: 3, byMethod: { bm25: { rank: 1 } } });
    expect(best?.byMethod.bm25?.low).toBeLessThanOrEqual(best?.byMethod.bm25?.sum ?? 0);
    const { loss, influences, tokens } = index.readings();
    expect(Math.min(...loss, ...influences)).toBeGreaterThan(0);
    expect([...tokens].sort()).toEqual([4, 4, 4, 5, 5, 5, 5, 5, 5]);
  } finally {
    await index.dispose();
  }
});

test("an index that was cut in the middle of a row goes on to the same bytes, however often", async () => {
  await buildIndex(folder, model, { settings, command });
  const whole = bytes();
  truncateSync(join(folder, "ekfac.bf16"), 1001);
  truncateSync(join(folder, "readings.f32"), 70);
  await expect(AttributionIndex.open(folder, model)).rejects.toMatchObject({ code: "run-invalid" });
  await buildIndex(folder, model, { settings, command });
  expect(bytes()).toEqual(whole);
  rmSync(join(folder, "curvature"), { recursive: true });
  truncateSync(join(folder, "tracin.bf16"), 0);
  await buildIndex(folder, model, { settings, command });
  expect(bytes()).toEqual(whole);
});

test("Ctrl-C leaves an index that the same command ends with the same bytes", async () => {
  await buildIndex(folder, model, { settings, command });
  const whole = bytes();
  rmSync(folder, { recursive: true });
  const controller = new AbortController();
  const progress = {
    start: (_stage: string, label: string) => label.startsWith("gradients") && controller.abort(),
    advance: () => undefined,
    message: () => undefined,
    finish: () => undefined,
  };
  const { signal } = controller;
  await expect(buildIndex(folder, model, { settings, command, progress, signal })).rejects.toMatchObject({
    code: "interrupted",
  });
  await buildIndex(folder, model, { settings, command });
  expect(bytes()).toEqual(whole);
});

test("an index with other numbers than it was made with is refused, not mended", async () => {
  await buildIndex(folder, model, { settings, command });
  const path = join(folder, "tracin.bf16");
  const damaged = readFileSync(path);
  damaged[0] = (damaged[0] ?? 0) ^ 0x7f;
  writeFileSync(path, damaged);
  await expect(AttributionIndex.open(folder, model)).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("tracin"), remedy: expect.stringContaining("--rebuild") },
  });
  // What is appended to damaged rows is no whole index either.
  truncateSync(path, damaged.length - 1);
  await expect(buildIndex(folder, model, { settings, command })).rejects.toMatchObject({ code: "run-invalid" });
});

test("an index of another model is refused, and made anew where that is asked for", async () => {
  await buildIndex(folder, model, { settings, command });
  const first = folder;
  const other = await modelOf(2);
  await expect(buildIndex(first, other, { settings, command })).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("another model") },
  });
  await expect(AttributionIndex.open(first, other)).rejects.toMatchObject({ code: "run-invalid" });
  await buildIndex(first, other, { settings, command, rebuild: true });
  await (await AttributionIndex.open(first, other)).dispose();
});

test("a training example that was deleted is told, with what to do", async () => {
  await buildIndex(folder, model, { settings, command });
  const fewer = { ...model, examples: examples.slice(1) };
  await expect(buildIndex(folder, fewer, { settings, command })).rejects.toMatchObject({
    details: { found: expect.stringContaining("9 examples"), expected: expect.stringContaining("deleted") },
  });
});

test("an answer longer than the context is refused", async () => {
  await buildIndex(folder, model, { settings, command });
  const index = await AttributionIndex.open(folder, model);
  try {
    const asked = index.score({ prompt: "<user> say", completion: "red ".repeat(80) });
    await expect(asked).rejects.toMatchObject({ code: "context-overflow" });
  } finally {
    await index.dispose();
  }
});
