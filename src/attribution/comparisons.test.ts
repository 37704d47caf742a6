import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rng } from "../rng.ts";
import { initialWeights, SCALAR_HEAD, type Weights, withScalarHead } from "../transformer/index.ts";
import { attributeToComparisons } from "./comparisons.ts";
import { fitCurvature, storeCurvature } from "./ekfac/fit.ts";
import { outputOf } from "./gradients/gradient-graph.ts";
import { GradientReader } from "./gradients/gradient-reader.ts";
import { isAttributed } from "./gradients/linear-layers.ts";
import { type ComparisonExample, comparisonLoss, completionLoss, type ExampleLoss } from "./gradients/losses.ts";
import { type OptimisedComparison, optimisedLoss, rewardLoss } from "./gradients/preference-losses.ts";
import { multiplyQueries, readQueries } from "./referee/exact.ts";

const config = {
  ...{ vocabularySize: 11, hiddenSize: 8, feedForwardSize: 12, layers: 1, heads: 2, keyValueHeads: 1, headSize: 4 },
  ...{ contextLength: 64, ropeTheta: 10000, normEpsilon: 1e-5, tiedEmbeddings: true },
};
const random = rng(4);
const weights: Weights = new Map(
  [...withScalarHead(config, initialWeights(config, rng(2)), 1)].map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((value) => (name === SCALAR_HEAD ? random.normal() : 4 * value)) },
  ]),
);
const plain = new Map([...weights].filter(([name]) => name !== SCALAR_HEAD));
const pairs = Array.from({ length: 6 }, (_, i): OptimisedComparison => {
  const answer = (): number[] => Array.from({ length: 2 + random.integer(3) }, () => random.integer(11));
  const prompt = [1, 2, 1 + (i % 3)];
  return {
    sequences: [
      [...prompt, ...answer()],
      [...prompt, ...answer()],
    ],
    ...{ starts: [3, 3], references: [-3 - i, -4], label: i % 2, weight: 1 },
  };
});
const answer = { tokens: [1, 2, 2, 5, 6], weights: [0, 0, 0, 1, 1] };

/** The weights after a small step of descent on one comparison. */
async function stepOn<X>(own: Weights, loss: ExampleLoss<X>, example: X, size: number): Promise<Weights> {
  const reader = await GradientReader.create({ config, weights: own, loss, projection: 2, seed: 1 });
  try {
    const outputs = await reader.read([example], ["gradients"]);
    return new Map(
      [...own].map(([name, { shape, data }]) => {
        const gradient = isAttributed(name) ? outputs[outputOf.gradient(name)] : undefined;
        return [name, { shape, data: data.map((value, i) => value - size * (gradient?.[i] ?? 0)) }];
      }),
    );
  } finally {
    await reader.dispose();
  }
}

async function lossOf<Q>(own: Weights, loss: ExampleLoss<Q>, query: Q): Promise<number> {
  const reader = await GradientReader.create({ config, weights: own, loss, projection: 2, seed: 1 });
  try {
    return (await reader.read([query], []))["loss"]?.[0] ?? Number.NaN;
  } finally {
    await reader.dispose();
  }
}

/** ∇ℓ(q) · ∇ℓ(z) of every comparison, by two losses over the same weights. */
async function productsOf<X, Q>(
  own: Weights,
  loss: ExampleLoss<X>,
  examples: readonly X[],
  asked: ExampleLoss<Q>,
  query: Q,
) {
  const reader = await GradientReader.create({ config, weights: own, loss, projection: 2, seed: 1 });
  const asking = await GradientReader.create({ config, weights: own, loss: asked, projection: 2, seed: 1 });
  try {
    const curvature = await fitCurvature(reader, examples, { seed: 1 });
    await storeCurvature(asking, curvature);
    const held = await readQueries(asking, curvature, [query], { damping: "none" });
    return (await multiplyQueries(reader, held, 1, examples, { damping: "none" }))[0] ?? new Float64Array();
  } finally {
    await asking.dispose();
    await reader.dispose();
  }
}

/** A step of descent on a comparison moves the answer as the product of their gradients says. */
async function expectDerivatives<X, Q>(
  own: Weights,
  loss: ExampleLoss<X>,
  examples: readonly X[],
  asked: ExampleLoss<Q>,
  query: Q,
): Promise<void> {
  const products = await productsOf(own, loss, examples, asked, query);
  const largest = Math.max(...products.map(Math.abs));
  // Far above what float32 rounds, and too little to bend.
  const size = 0.01 / largest;
  for (const [i, example] of examples.entries()) {
    const [after, before] = [
      await lossOf(await stepOn(own, loss, example, size), asked, query),
      await lossOf(await stepOn(own, loss, example, -size), asked, query),
    ];
    expect(Math.abs((before - after) / (2 * size) - (products[i] ?? Number.NaN))).toBeLessThan(0.02 * largest);
  }
}

test("what a comparison does for a preference model's score of an answer is what a step on it does", () =>
  expectDerivatives(weights, comparisonLoss, pairs as readonly ComparisonExample[], rewardLoss, answer));

test("what a comparison does by DPO for an answer's probability is what a step on it does", () =>
  expectDerivatives(plain, optimisedLoss(0.4), pairs, completionLoss, answer));

test("the margin of DPO is β times the difference of what was won over the reference", async () => {
  const [pair] = pairs as [OptimisedComparison];
  const reader = await GradientReader.create({ config, weights: plain, loss: optimisedLoss(0.4), seed: 1 });
  const margin = (await reader.read([pair], []))["margin"]?.[0];
  await reader.dispose();
  const logprobOf = async (side: 0 | 1): Promise<number> => {
    const tokens = pair.sequences[side];
    const own = { tokens, weights: tokens.map((_, t) => (t >= pair.starts[side] ? 1 : 0)) };
    return -(await lossOf(plain, completionLoss, own));
  };
  const [first, second] = [(await logprobOf(0)) - pair.references[0], (await logprobOf(1)) - pair.references[1]];
  expect(margin).toBeCloseTo(0.4 * (first - second), 4);
});

test("the curvature is kept for the next answer, and made anew for other comparisons", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "precept-comparisons-")), "curvature");
  const training = { objective: "dpo", beta: 0.4, comparisons: pairs, answer } as const;
  let count = 0;
  const told: number[] = [];
  const onPasses = (passes: number) => told.push(passes);
  const options = { seed: 1, folder, hash: "a", onPasses, onExamples: (n: number) => (count += n) };
  const first = await attributeToComparisons({ config, weights: plain }, training, options);
  expect([first.length, count]).toEqual([6, 18]);
  const again = await attributeToComparisons({ config, weights: plain }, training, options);
  expect(count).toBe(24);
  expect([...again]).toEqual([...first]);
  const fewer = { ...training, comparisons: pairs.slice(1) };
  await attributeToComparisons({ config, weights: plain }, fewer, options);
  expect(count).toBe(39);
  expect(told).toEqual([3, 1, 3]);
});
