import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { decode, Encoder, encode } from "./dictionary.ts";
import type { DictionaryKind, DictionaryOptions } from "./options.ts";
import { standardise, standardOf, unstandardise } from "./standardise.ts";
import { DictionaryTraining } from "./training.ts";

const [D, TRUE, B] = [32, 48, 256];
const planted = (() => {
  const random = rng(1, "planted");
  return Array.from({ length: TRUE }, () => {
    const row = Array.from({ length: D }, () => random.normal());
    const norm = Math.hypot(...row);
    return row.map((x) => x / norm);
  });
})();

/** Sums of three planted features each, at strengths from 1 to 2, with an offset that all inputs share. */
function drawBatch(step: number): Float32Array {
  const random = rng(7, "batch", step);
  const rows = new Float32Array(B * D).fill(0.3);
  for (let row = 0; row < B; row++) {
    for (let n = 0; n < 3; n++) {
      const strength = 1 + random.next();
      for (const [i, x] of random.pick(planted).entries()) rows[row * D + i]! += strength * x;
    }
  }
  return rows;
}

const optionsOf = (kind: DictionaryKind, changes: Partial<DictionaryOptions> = {}): DictionaryOptions => ({
  ...{ kind, size: 64, k: 3, l1: 0.06, batch: B, steps: 1000, learningRate: 4e-3, seed: 1 },
  ...changes,
});

const standard = standardOf(drawBatch(9999), D);

async function learn(options: DictionaryOptions) {
  const training = await DictionaryTraining.create(options, { inputs: D, outputs: D }, 1);
  for (let step = 0; step < options.steps; step++) {
    const rows = standardise(drawBatch(step), standard);
    await training.train(rows, rows);
  }
  const learned = unstandardise(training.dictionary(), standard, standard);
  await training.dispose();
  return learned;
}

const recoveryOf = (decoder: Float32Array, size: number): number => {
  const best = planted.map((row) =>
    Math.max(...Array.from({ length: size }, (_, j) => row.reduce((sum, x, i) => sum + x * decoder[j * D + i]!, 0))),
  );
  return best.reduce((sum, x) => sum + x, 0) / TRUE;
};

test.each(["batch-topk", "topk", "l1"] as const)(
  "%s finds a planted dictionary: mean greatest cosine above 0.95",
  async (kind) => {
    const options = optionsOf(kind);
    const learned = await learn(options);
    expect(recoveryOf(learned.decoder, options.size)).toBeGreaterThan(0.95);
    for (let j = 0; j < options.size; j++)
      expect(Math.hypot(...learned.decoder.subarray(j * D, (j + 1) * D))).toBeCloseTo(1, 4);
    const untrained = await learn({ ...options, steps: 1 });
    expect(recoveryOf(untrained.decoder, options.size)).toBeLessThan(0.7);
    const encoder = await Encoder.create(learned, 1);
    const rows = drawBatch(5000);
    const code = await encode(encoder, learned, rows);
    await encoder.release();
    const rebuilt = decode(learned, code);
    const [errors, all] = [standardise(rebuilt, standard), standardise(rows, standard)];
    const unexplained =
      errors.reduce((sum, x, i) => sum + (x - all[i]!) ** 2, 0) / all.reduce((sum, x) => sum + x * x, 0);
    // The price on Σ f shrinks what it lets through; a threshold over single inputs is not the k of a batch.
    expect(unexplained).toBeLessThan(kind === "l1" ? 0.2 : 0.12);
    expect(code.features.length / B).toBeLessThan(6);
  },
  120_000,
);

test("an interrupted training goes on to the same bytes", async () => {
  const options = optionsOf("batch-topk", { steps: 40 });
  const rows = (step: number): Float32Array => standardise(drawBatch(step), standard);
  const open = (): Promise<DictionaryTraining> => DictionaryTraining.create(options, { inputs: D, outputs: D }, 1);
  const [whole, first, second] = [await open(), await open(), await open()];
  for (let step = 0; step < 40; step++) await whole.train(rows(step), rows(step));
  for (let step = 0; step < 17; step++) await first.train(rows(step), rows(step));
  second.restore(first.state());
  expect(second.step).toBe(17);
  for (let step = 17; step < 40; step++) await second.train(rows(step), rows(step));
  expect(second.state()).toEqual(whole.state());
  for (const training of [whole, first, second]) await training.dispose();
});

test.each([
  ["batch-topk", -2],
  ["l1", -4],
] as const)("of %s, features that died are heard again: by AuxK, or by resampling", async (kind, bias) => {
  const options = optionsOf(kind, { steps: 400, size: 48 });
  const training = await DictionaryTraining.create(options, { inputs: D, outputs: D }, 1);
  const rows = (step: number): Float32Array => standardise(drawBatch(step), standard);
  const state = training.state();
  // As many features as were planted, and biases so low that half of them are not active at first.
  state.get("encoderBias")?.data.fill(bias, 0, 24);
  training.restore(state);
  const dead: number[] = [];
  for (let step = 0; step < 400; step++) dead.push((await training.train(rows(step), rows(step))).dead);
  expect(Math.max(...dead)).toBeGreaterThanOrEqual(6);
  expect(dead.at(-1)).toBeLessThan(0.75 * Math.max(...dead));
  await training.dispose();
});

test("inputs that are no numbers are named", async () => {
  const training = await DictionaryTraining.create(optionsOf("topk"), { inputs: D, outputs: D }, 1);
  const rows = drawBatch(0).fill(Number.NaN, 3, 4);
  await expect(training.train(rows, rows)).rejects.toMatchObject({ code: "not-finite" });
  await training.dispose();
});
