import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { initialWeights, SCALAR_HEAD, type Weights, withScalarHead } from "../transformer/index.ts";
import { divergence, marginWithout, suspectLabels } from "./audit.ts";
import type { ComparisonExample } from "./gradients/losses.ts";

describe("a label that is left out", () => {
  test("divergence is the loss less the label's own entropy", () => {
    expect(divergence(1, 0)).toBeCloseTo(Math.LN2, 12);
    expect(divergence(0.5, 0)).toBeCloseTo(0, 12);
    const p = 1 / (1 + Math.exp(-0.7));
    expect(divergence(p, 0.7)).toBeCloseTo(0, 12);
    expect(divergence(0, 3)).toBeCloseTo(Math.log1p(Math.exp(3)), 12);
  });

  test("a margin moves away from its label, as one step of Newton's on a logistic regression says", () => {
    // Two pairs of one feature x = 1 with labels 1 and 0.25, no other weight: H = Σ σ′ + λ, of which the first pair is taken out.
    const [margin, lambda, n] = [0.4, 0.3, 2];
    const p = 1 / (1 + Math.exp(-margin));
    const curvature = p * (1 - p);
    const residual = 1 - p;
    // s = r² / (mean H + λ) / n.
    const influence = residual ** 2 / (curvature + lambda) / n;
    const own = curvature / n / (curvature + lambda);
    expect(marginWithout(1, 1, margin, influence)).toBeCloseTo(
      margin - residual / n / (curvature + lambda) / (1 - own),
      10,
    );
    expect(marginWithout(0, 1, margin, influence)).toBeGreaterThan(margin);
  });

  test("a pair without influence, or without a residual, stays where it is", () => {
    expect(marginWithout(1, 1, 0.4, 0)).toBe(0.4);
    expect(marginWithout(1 / (1 + Math.exp(-0.4)), 1, 0.4, 0.2)).toBe(0.4);
  });
});

test("of equal pairs, the one with the opposite label is the most suspicious by every list", async () => {
  const config = {
    ...{ vocabularySize: 11, hiddenSize: 8, feedForwardSize: 12, layers: 1, heads: 2, keyValueHeads: 1, headSize: 4 },
    ...{ contextLength: 64, ropeTheta: 10000, normEpsilon: 1e-5, tiedEmbeddings: true },
  };
  const random = rng(4);
  const weights: Weights = new Map(
    [...withScalarHead(config, initialWeights(config, rng(2)), 1)].map(([name, { shape, data }]) => [
      name,
      { shape, data: name === SCALAR_HEAD ? data.map(() => random.normal()) : data },
    ]),
  );
  const sequences = [
    [1, 2, 3, 4],
    [1, 2, 5, 6, 7],
  ] as const;
  // The label that this model is of: a flip is one that it is not of.
  const pairs = (label: number): ComparisonExample[] =>
    Array.from({ length: 8 }, (_, i) => ({ sequences, label: i === 5 ? 1 - label : label, weight: 1 }));
  const first = await suspectLabels({ config, weights }, pairs(1), { seed: 1 });
  const label = (first.loss[5] ?? 0) > (first.loss[0] ?? 0) ? 1 : 0;
  const found = await suspectLabels({ config, weights }, pairs(label), { seed: 1 });
  for (const [name, values] of Object.entries(found))
    expect([name, values.indexOf(Math.max(...values))]).toEqual([name, 5]);
});
