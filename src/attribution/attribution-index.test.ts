import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { tinyCheckpoint } from "../training/local/tiny.test-support.ts";
import { checkpointHash, loadCheckpoint } from "../transformer/index.ts";
import { AttributionIndex } from "./attribution-index.ts";
import { type AttributedModel, buildIndex, type EarlierCheckpoint } from "./build-index.ts";
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
  await expect(buildIndex(folder, model, { settings, command, ...stopAtGradients() })).rejects.toMatchObject({
    code: "interrupted",
  });
  await buildIndex(folder, model, { settings, command });
  expect(bytes()).toEqual(whole);
});

/** Stops where the gradients of examples begin: the curvature is there, no row is. */
function stopAtGradients() {
  const controller = new AbortController();
  const progress = {
    start: (_stage: string, label: string) => label.startsWith("gradients") && controller.abort(),
    advance: () => undefined,
    message: () => undefined,
    finish: () => undefined,
  };
  return { progress, signal: controller.signal };
}

/** Checkpoints of other weights, as a training might have kept them. */
async function earlierOf(seeds: readonly number[], shares: readonly number[]): Promise<EarlierCheckpoint[]> {
  return Promise.all(
    seeds.map(async (seed, i) => {
      const place = await tinyCheckpoint(seed);
      const hash = await checkpointHash(place);
      return { step: 10 * (i + 1), share: shares[i] ?? 0, hash, load: () => loadCheckpoint(place) };
    }),
  );
}

const tracinOf = async (own: AttributedModel, place = `${folder}-${own.hash}-${own.earlier?.length ?? 0}`) => {
  await buildIndex(place, own, { settings, command });
  const index = await AttributionIndex.open(place, own);
  try {
    return (await index.score({ prompt: "<user> say red two please <asst>", completion: "yes two red ." })).tracin;
  } finally {
    await index.dispose();
  }
};

test("over several checkpoints of a training, TracInCP is the sum of each one's, by its share of the learning rate", async () => {
  const earlier = await earlierOf([2, 3], [0.5, 0.3]);
  const sum = await tracinOf({ ...model, earlier });
  const last = await tracinOf(model);
  const each = await Promise.all(earlier.map(async ({ load, hash }) => ({ checkpoint: await load(), hash, examples })));
  const [first, second] = [await tracinOf(each[0] as AttributedModel), await tracinOf(each[1] as AttributedModel)];
  for (const [i, value] of sum.entries())
    expect(value).toBeCloseTo(0.5 * (first[i] ?? 0) + 0.3 * (second[i] ?? 0) + 0.2 * (last[i] ?? 0), 6);
  expect([...sum]).not.toEqual([...last]);
});

test("an index over checkpoints goes on in the middle of one, and is refused when one of them is gone", async () => {
  const earlier = await earlierOf([2, 3], [0.5, 0.3]);
  const own = { ...model, earlier };
  await buildIndex(folder, own, { settings, command });
  const read = (): string[] => [...bytes(), readFileSync(join(folder, "tracin-20.bf16")).toString("hex")];
  const whole = read();
  truncateSync(join(folder, "tracin-20.bf16"), 901);
  await buildIndex(folder, own, { settings, command });
  expect(read()).toEqual(whole);
  const fewer = { ...model, earlier: earlier.slice(0, 1) };
  await expect(buildIndex(folder, fewer, { settings, command })).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("10, 20"), expected: expect.stringContaining("10 and the last") },
  });
  await expect(AttributionIndex.open(folder, fewer)).rejects.toMatchObject({ code: "run-invalid" });
});

test("what an interruption left is gone on with under its own settings alone", async () => {
  const interrupted = buildIndex(folder, model, { settings, command, ...stopAtGradients() });
  await expect(interrupted).rejects.toMatchObject({ code: "interrupted" });
  const other = { ...settings, seed: 2 };
  await expect(buildIndex(folder, model, { settings: other, command })).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("other settings"), remedy: expect.stringContaining("--rebuild") },
  });
  // Without its state nobody knows what the curvature was made with: it is made anew, as if nothing had been there.
  rmSync(join(folder, "index.json"));
  await buildIndex(folder, model, { settings: other, command });
  const mended = bytes();
  await buildIndex(folder, model, { settings: other, command, rebuild: true });
  expect(bytes()).toEqual(mended);
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
