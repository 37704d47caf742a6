import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { temporaryFolder, tinyCheckpoint } from "../../training/local/tiny.test-support.ts";
import { loadCheckpoint } from "../../transformer/index.ts";
import { fitCurvature, storeScales } from "../ekfac/fit.ts";
import type { TrainingExample } from "../examples.ts";
import { GradientReader } from "../gradients/gradient-reader.ts";
import { completionLoss } from "../gradients/losses.ts";
import { exactInfluences } from "./exact.ts";
import { judgeMethods } from "./judge.ts";
import { foretell, linearDatamodelingScore, ranksOf, slopeOf, spearman } from "./lds.ts";
import { drawHalf, type Retraining, retrainHalves } from "./retrain.ts";

test("ranks and their correlation, by hand, with equal values", () => {
  expect(ranksOf([10, 30, 20, 20])).toEqual([1, 4, 2.5, 2.5]);
  expect(spearman([1, 2, 3], [10, 100, 1000])).toBeCloseTo(1, 12);
  expect(spearman([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1, 12);
  // d = (0, 1, −1): 1 − 6 · 2 / (3 · 8).
  expect(spearman([1, 2, 3], [1, 3, 2])).toBeCloseTo(0.5, 12);
  expect(spearman([1, 1, 1], [1, 2, 3])).toBe(0);
});

test("a half is half of the examples, another one for each number, and the seed's", () => {
  const halves = [0, 1].map((subset) => drawHalf(11, 3, subset));
  for (const half of halves) expect(new Set(half).size).toBe(6);
  expect(halves[0]).not.toEqual(halves[1]);
  expect(drawHalf(11, 3, 0)).toEqual(halves[0]);
  expect(foretell([1, 2, 4], [[0, 2], [1]])).toEqual([5, 2]);
});

test("where outputs are sums over the examples, the method that knows the summands scores 1, one that draws lots nothing", () => {
  const random = rng(5);
  const [examples, queries, subsets] = [40, 6, 24];
  const draw = (): number[] => Array.from({ length: examples }, () => random.normal());
  const truth = Array.from({ length: queries }, draw);
  const retrainings = [0, 1].flatMap((set) =>
    Array.from({ length: subsets }, (_, subset): Retraining => {
      const own = drawHalf(examples, 9, subset);
      const outputs = truth.map((scores) => foretell(scores, [own])[0] ?? 0).map((sum) => sum + set * random.normal());
      return { id: `${set}/${subset}`, set, subset, outputs };
    }),
  );
  const methods = new Map([
    ["truth", truth],
    ["against", truth.map((scores) => scores.map((score) => -score))],
    ["lots", Array.from({ length: queries }, draw)],
  ]);
  const judged = judgeMethods(methods, retrainings, { examples, queries: [0, 1, 2, 3, 4, 5], seed: 9 });
  const [best, worst, lots] = judged.rows;
  expect(best?.lds).toMatchObject({ estimate: expect.closeTo(1, 12), n: queries });
  expect(worst?.lds.estimate).toBeCloseTo(-1, 12);
  expect(lots?.lds.low).toBeLessThan(0);
  expect(lots?.lds.high).toBeGreaterThan(0);
  expect(judged.ceiling.estimate).toBeGreaterThan(0.6);
  expect(judged.ceiling.estimate).toBeLessThan(1);
});

test("the score does not change where all outputs of a query are moved and scaled", () => {
  const [foretold, actual] = [[[1, 2, 3, 5]], [[2, 1, 4, 9]]];
  const scaled = actual.map((own) => own.map((value) => 100 * value - 7));
  const twice = (rows: number[][]): number[][] => [...rows, ...rows];
  const [a, b] = [actual, scaled].map((own) => linearDatamodelingScore(twice(foretold), twice(own), 1));
  expect(a).toEqual(b);
});

test("the slope says how much came of what was foretold, whatever both are counted from", () => {
  const foretold = [
    [1, 2, 3],
    [0, 10, 20],
    [7, 7, 7],
  ];
  expect(slopeOf(foretold, foretold)).toBeCloseTo(1, 12);
  expect(
    slopeOf(
      foretold,
      foretold.map((own) => own.map((value) => 5 - value / 4)),
    ),
  ).toBeCloseTo(-0.25, 12);
  // Of slopes 2 and 0.5 the median lies between them; what does not vary foretells nothing.
  expect(
    slopeOf(foretold, [
      [2, 4, 6],
      [0, 5, 10],
      [1, 2, 3],
    ]),
  ).toBeCloseTo(1.25, 12);
  expect(slopeOf([[7, 7, 7]], [[1, 2, 3]])).toBeUndefined();
});

const colours = ["red", "green", "blue"];
const examples = colours.flatMap((colour) =>
  ["one", "two"].map(
    (number): TrainingExample => ({
      ...{ id: `${colour}-${number}`, source: "helpful", prompt: `<user> say ${colour} <asst>`, weight: 1 },
      ...{ completion: `yes ${number} ${colour} .`, principles: [], critiques: [], missing: [] },
    }),
  ),
);
const queries = [{ prompt: "<user> say red <asst>", completion: "yes one red ." }];

test("retrainings are kept one at a time, and go on after an interruption as if there had been none", async () => {
  const initial = await tinyCheckpoint();
  const recipe = { objective: "sft", initial, seed: 1, epochs: 1, learningRate: 1e-2 } as const;
  const folders = [join(await temporaryFolder(), "a"), join(await temporaryFolder(), "b")] as const;
  const options = { recipe, examples, queries, sets: [2, 1], seed: 1, command: "referee" };
  const whole = await retrainHalves({ ...options, folder: folders[0] });
  expect(whole.map(({ id }) => id)).toEqual(["0/0000", "0/0001", "1/0000"]);
  expect(whole[0]?.outputs[0]).toBeLessThan(0);
  expect(whole[0]?.outputs).not.toEqual(whole[1]?.outputs);
  const controller = new AbortController();
  const first = retrainHalves({
    ...options,
    folder: folders[1],
    signal: controller.signal,
    onRetraining: () => controller.abort(),
  });
  await expect(first).rejects.toMatchObject({ code: "interrupted" });
  const fresh: boolean[] = [];
  const again = await retrainHalves({ ...options, folder: folders[1], onRetraining: (isFresh) => fresh.push(isFresh) });
  expect(again).toEqual(whole);
  expect(fresh).toEqual([false, true, true]);
  const [a, b] = folders.map((folder) => readFileSync(join(folder, "retrainings.partial.jsonl"), "utf8"));
  expect(a).toBe(b);
  const others = [{ prompt: "<user> say blue <asst>", completion: "no ." }];
  await expect(retrainHalves({ ...options, queries: others, folder: folders[1] })).rejects.toMatchObject({
    code: "run-invalid",
    details: { found: expect.stringContaining("other queries") },
  });
});

test("influence without a projection is g (H + λ)⁻¹ g′: of an example with itself, what its reading says", async () => {
  const { config, weights } = await loadCheckpoint(await tinyCheckpoint());
  const reader = await GradientReader.create({ config, weights, loss: completionLoss, projection: 2, seed: 1 });
  try {
    const own = [
      { tokens: [1, 2, 3, 4], weights: [0, 0, 1, 1] },
      { tokens: [5, 6, 7], weights: [0, 1, 1] },
      { tokens: [8, 9, 3, 2, 1], weights: [0, 1, 1, 1, 1] },
    ];
    const curvature = await fitCurvature(reader, own, { seed: 1 });
    const plain = await exactInfluences(reader, curvature, own, own, { damping: "none" });
    const { squares = [] } = await reader.read(own, ["squares"]);
    for (const [i, row] of plain.entries()) {
      expect((row[i] ?? 0) / (squares[i] ?? 1)).toBeCloseTo(1, 3);
      for (const [j, value] of row.entries()) expect(value).toBeCloseTo(plain[j]?.[i] ?? 0, 3);
    }
    await storeScales(reader, curvature, 10);
    const { influences = [] } = await reader.read(own, ["influences"]);
    const damped = await exactInfluences(reader, curvature, own, own, { damping: 10 });
    for (const [i, row] of damped.entries()) expect((row[i] ?? 0) / (influences[i] ?? 1)).toBeCloseTo(1, 3);
  } finally {
    await reader.dispose();
  }
});
