import { afterAll, beforeAll, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { initialWeights, SCALAR_HEAD, type TransformerConfig, withScalarHead } from "../../transformer/index.ts";
import { outputOf, stored } from "../gradients/gradient-graph.ts";
import { GradientReader } from "../gradients/gradient-reader.ts";
import { isAttributed } from "../gradients/linear-layers.ts";
import { type ComparisonExample, type CompletionExample, comparisonLoss, completionLoss } from "../gradients/losses.ts";
import { exactInfluences } from "../referee/exact.ts";
import { type Curvature, fitCurvature, storeScales } from "./fit.ts";

const config: TransformerConfig = {
  vocabularySize: 11,
  hiddenSize: 8,
  feedForwardSize: 12,
  layers: 1,
  heads: 2,
  keyValueHeads: 1,
  headSize: 4,
  contextLength: 64,
  ropeTheta: 10000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};
const weights = initialWeights(config, rng(5));
const random = rng(9);
const examples = Array.from({ length: 12 }, (): CompletionExample => {
  const tokens = Array.from({ length: 3 + random.integer(4) }, () => random.integer(11));
  return { tokens, weights: tokens.map((_, t) => (t < 2 ? 0 : 1)) };
});
let reader: GradientReader<CompletionExample>;
let curvature: Curvature;
beforeAll(async () => {
  reader = await GradientReader.create({ config, weights, loss: completionLoss, projection: 4, seed: 3 });
  curvature = await fitCurvature(reader, examples, { seed: 3 });
});
afterAll(() => reader.dispose());

const tensor = (name: string): Float32Array => curvature.get(name)?.data ?? new Float32Array();

/** Q_δᵀ G Q_a, written out. */
function rotate(gradient: Float32Array, output: Float32Array, input: Float32Array): number[] {
  const [out, width] = [Math.sqrt(output.length), Math.sqrt(input.length)];
  return Array.from({ length: out * width }, (_, place) => {
    const [r, c] = [Math.floor(place / width), place % width];
    let sum = 0;
    for (let o = 0; o < out; o++)
      for (let i = 0; i < width; i++)
        sum += (output[o * out + r] ?? 0) * (gradient[o * width + i] ?? 0) * (input[i * width + c] ?? 0);
    return sum;
  });
}

test("g (H + λ)⁻¹ g is what the factors say, written out for one example", async () => {
  await storeScales(reader, curvature, 0.1);
  const [first] = examples as [CompletionExample];
  const outputs = await reader.read([first], ["gradients", "influences"]);
  let expected = 0;
  let layer = "";
  for (const name of [...weights.keys()].filter(isAttributed)) {
    if (curvature.has(stored.inputBasis(name))) layer = name;
    const gradient = outputs[outputOf.gradient(name)] as Float32Array;
    const rotated = rotate(gradient, tensor(stored.outputBasis(name)), tensor(stored.inputBasis(layer)));
    const eigenvalues = tensor(outputOf.eigenvalues(name));
    const lambda = (0.1 * eigenvalues.reduce((sum, value) => sum + value, 0)) / eigenvalues.length;
    for (const [place, value] of rotated.entries()) expected += value ** 2 / ((eigenvalues[place] ?? 0) + lambda);
  }
  expect((outputs["influences"]?.[0] ?? 0) / expected).toBeCloseTo(1, 3);
});

test("with all the damping there is, influence is the product of gradients again", async () => {
  await storeScales(reader, curvature, 1e9);
  const { influences = [], squares = [] } = await reader.read(examples, ["influences", "squares"]);
  const ratios = examples.map((_, i) => (influences[i] ?? 0) / (squares[i] ?? 1));
  // One weight's mean eigenvalue is not another's, so only the order of size is common.
  for (const ratio of ratios) expect(ratio).toBeGreaterThan(0);
  await storeScales(reader, new Map([...curvature].map(([name, own]) => [name, flat(name, own)])), 1);
  const even = await reader.read(examples, ["influences", "squares"]);
  for (const [i] of examples.entries())
    expect((2 * (even["influences"]?.[i] ?? 0)) / (even["squares"]?.[i] ?? 1)).toBeCloseTo(1, 3);
});

/** Eigenvalues of 1 everywhere: λ = 1 then halves every product, and bases turn nothing. */
const flat = (name: string, own: { readonly shape: readonly number[]; readonly data: Float32Array }) =>
  name.startsWith("eigenvalues.") ? { ...own, data: own.data.map(() => 1) } : own;

test("drawn labels are the seed's, and other examples' than the data's", async () => {
  const again = await fitCurvature(reader, examples, { seed: 3 });
  const other = await fitCurvature(reader, examples, { seed: 4 });
  const name = [...curvature.keys()].find((own) => own.startsWith("eigenvalues.")) ?? "";
  expect([...(again.get(name)?.data ?? [])]).toEqual([...tensor(name)]);
  expect([...(other.get(name)?.data ?? [])]).not.toEqual([...tensor(name)]);
});

test("bases are orthonormal", () => {
  for (const [name, { shape, data }] of curvature) {
    if (!name.startsWith("basis.")) continue;
    const [n = 0] = shape;
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        let sum = 0;
        for (let row = 0; row < n; row++) sum += (data[row * n + a] ?? 0) * (data[row * n + b] ?? 0);
        expect(sum).toBeCloseTo(a === b ? 1 : 0, 5);
      }
  }
});

const eigenvalueSum = (own: Curvature): number =>
  [...own].reduce(
    (sum, [name, { data }]) => sum + (name.startsWith("eigenvalues.") ? data.reduce((a, b) => a + b, 0) : 0),
    0,
  );

test("a loss of weight w curves w times as much, not w²", async () => {
  const heavy = examples.map((example) => ({ ...example, weights: example.weights.map((weight) => 9 * weight) }));
  const weighted = await fitCurvature(reader, heavy, { seed: 3 });
  expect(eigenvalueSum(weighted) / eigenvalueSum(curvature)).toBeCloseTo(9, 3);
});

test("so does that of a comparison, whose label is drawn all the same", async () => {
  const headed = withScalarHead(config, weights, 1);
  const draw = rng(6);
  const own = new Map(
    [...headed].map(([name, { shape, data }]) => [
      name,
      { shape, data: name === SCALAR_HEAD ? data.map(() => draw.normal()) : data },
    ]),
  );
  const pairs = await GradientReader.create({ config, weights: own, loss: comparisonLoss, projection: 4, seed: 3 });
  try {
    const one = await fitCurvature(pairs, comparisonsOf(1), { seed: 3 });
    const four = await fitCurvature(pairs, comparisonsOf(4), { seed: 3 });
    expect(eigenvalueSum(one)).toBeGreaterThan(0);
    expect(eigenvalueSum(four) / eigenvalueSum(one)).toBeCloseTo(4, 3);
  } finally {
    await pairs.dispose();
  }
});

const comparisonsOf = (weight: number): ComparisonExample[] =>
  examples.slice(1).map(({ tokens }, i) => ({ sequences: [tokens, examples[i]?.tokens ?? []], label: 1, weight }));

test("what does not curve has no say, and no influence that is no number", async () => {
  const [name = ""] = [...weights.keys()].filter(isAttributed);
  const stillIn = (isStill: (own: string) => boolean): Curvature =>
    new Map(
      [...curvature].map(([own, tensor]) => [
        own,
        isStill(own) ? { ...tensor, data: tensor.data.map(() => 0) } : tensor,
      ]),
    );
  const partly = stillIn((own) => own === outputOf.eigenvalues(name));
  const flat = stillIn((own) => own.startsWith(outputOf.eigenvalues("")));
  const [first] = examples as [CompletionExample];
  const influenceUnder = async (own: Curvature): Promise<number> => {
    await storeScales(reader, own, 0.1);
    return (await reader.read([first], ["influences"]))["influences"]?.[0] ?? Number.NaN;
  };
  const all = await influenceUnder(curvature);
  const without = await influenceUnder(partly);
  expect(without).toBeGreaterThan(0);
  expect(without).toBeLessThan(all);
  expect(await influenceUnder(flat)).toBe(0);
  const [[exact = Number.NaN] = []] = await exactInfluences(reader, flat, [first], [first], { damping: 0.1 });
  expect(exact).toBe(0);
});
