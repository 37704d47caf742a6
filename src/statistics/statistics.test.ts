import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import {
  attempt,
  benjaminiHochberg,
  betaQuantile,
  clopperPearson,
  clusterBootstrap,
  clusteredMean,
  clusteredRate,
  clusterMeans,
  expectedHalfWidth,
  holm,
  mcnemar,
  mean,
  meanInterval,
  newcombePaired,
  nonInferiority,
  normalCdf,
  normalQuantile,
  pairedTest,
  powerPaired,
  pValueOfInterval,
  sampleSizeDiscordant,
  sampleSizePaired,
  sampleSizeUnpaired,
  standardDeviation,
  verdictOf,
  wilson,
} from "./index.ts";

// Reference values in this file: scipy 1.17.1 and statsmodels 0.15.0 unless said otherwise.

describe("distributions", () => {
  it("normal", () => {
    const quantiles = [0.5, 0.9, 0.975, 1e-6].map(normalQuantile);
    for (const [i, z] of [0, 1.2815515655446004, 1.959963984540054, -4.753424308822899].entries()) {
      expect(quantiles[i]).toBeCloseTo(z, 12);
    }
    expect(normalCdf(-8) / 6.22096057427174e-16).toBeCloseTo(1, 10);
    expect(normalCdf(0.3)).toBeCloseTo(0.6179114221889526, 13);
    expect(normalCdf(2.5) + normalCdf(-2.5)).toBeCloseTo(1, 14);
  });

  it("beta", () => {
    expect(betaQuantile(0.95, 1, 50)).toBeCloseTo(1 - 0.05 ** (1 / 50), 13);
    expect(() => betaQuantile(1, 1, 1)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });
});

describe("Clopper–Pearson", () => {
  it("17/20, and mirrored", () => {
    const { low, high } = clopperPearson(17, 20);
    expect([low, high]).toEqual([expect.closeTo(0.62107317, 8), expect.closeTo(0.96792906, 8)]);
    expect(clopperPearson(3, 20).low).toBeCloseTo(1 - high, 12);
  });
});

describe("means over clusters", () => {
  const values = [1, 2, 4, 3, 5, 7, 2, 9.5];
  const clusters = ["a", "a", "a", "b", "b", "c", "c", "d"];

  it("is statsmodels' cluster error with C/(C−1), and t on C−1", () => {
    const found = clusteredMean(values, clusters);
    expect(found.estimate).toBe(4.1875);
    expect(found.standardError).toBeCloseTo(1.1151916175034668, 12);
    expect(found.high - found.estimate).toBeCloseTo(1.1151916175034668 * 3.1824463052837078, 10);
    expect(found).toMatchObject({ n: 8, clusters: 4 });
  });

  it("with every item its own cluster is the plain interval", () => {
    const found = clusteredMean(
      values,
      values.map(String).map((_, i) => `${i}`),
    );
    const plain = meanInterval(values);
    expect(found.low).toBeCloseTo(plain.low, 12);
    expect(found.designEffect).toBeCloseTo(1, 12);
  });

  it("finds the design effect of copies: m items that say the same", () => {
    const copies = values.flatMap((value) => [value, value, value, value]);
    const names = values.flatMap((_, i) => [`${i}`, `${i}`, `${i}`, `${i}`]);
    const found = clusteredMean(copies, names);
    expect(found.low).toBeCloseTo(meanInterval(values).low, 12);
    expect(found.designEffect).toBeCloseTo((4 * 31) / 28, 1);
  });

  it("collapses repeats to their means", () => {
    expect(clusterMeans([1, 3, 5], ["x", "y", "x"])).toEqual([
      { cluster: "x", mean: 3 },
      { cluster: "y", mean: 3 },
    ]);
  });

  it("a rate of nothing but successes has the width of its clusters, not of its items", () => {
    const found = clusteredRate(
      Array.from({ length: 40 }, () => true),
      Array.from({ length: 40 }, (_, i) => `${i % 4}`),
    );
    expect(found).toMatchObject({ estimate: 1, high: 1, n: 40, clusters: 4 });
    expect(found.low).toBeLessThan(wilson(4, 4).low);
  });

  it("names what is missing", () => {
    expect(() => clusteredMean([], [])).toThrowError(/no values/);
    expect(() => clusteredMean([1, 2], ["a", "a"])).toThrowError(/one cluster/);
    expect(() => clusteredMean([1, 2], ["a"])).toThrowError(expect.objectContaining({ code: "shape-mismatch" }));
    expect(() => clusteredMean([1, Number.NaN], ["a", "b"])).toThrowError(
      expect.objectContaining({ code: "not-finite" }),
    );
    expect(clusteredMean([2, 2], ["a", "b"])).toMatchObject({ estimate: 2, low: 2, high: 2, zeroVariance: true });
    expect(meanInterval([2, 2])).toMatchObject({ zeroVariance: true });
    expect(() => mean([])).toThrowError(/no values/);
    expect(() => standardDeviation([1])).toThrowError(/one value/);
  });
});

describe("paired comparison", () => {
  const side = (counts: readonly number[], values: readonly boolean[]): boolean[] =>
    counts.flatMap((count, i) => new Array<boolean>(count).fill(values[i] === true));
  const first = side([5, 3, 12, 80], [true, true, false, false]);
  const second = side([5, 3, 12, 80], [true, false, true, false]);

  it("McNemar's exact p is the binomial test's", () => {
    const found = mcnemar(first, second);
    expect(found).toMatchObject({ n: 100, bothTrue: 5, onlyFirst: 3, onlySecond: 12, neither: 80 });
    expect(found.pValue).toBeCloseTo(0.03515625, 12);
    expect(found.difference.estimate).toBeCloseTo(-0.09, 12);
    expect(mcnemar(second, first).difference.low).toBeCloseTo(-found.difference.high, 12);
  });

  it("McNemar with many discordant pairs", () => {
    const a = side([50, 70], [true, false]);
    expect(
      mcnemar(
        a,
        a.map((value) => !value),
      ).pValue,
    ).toBeCloseTo(0.08240747932752648, 10);
  });

  it("without discordant pairs knows that it does not know", () => {
    const { pValue, difference } = mcnemar([true, false], [true, false]);
    expect(pValue).toBe(1);
    expect(difference.low).toBeLessThan(-0.3);
    expect(() => mcnemar([], [])).toThrowError(/no pairs/);
  });

  // Newcombe 1998, table II; Fagerland, Lydersen & Laake 2014 (Bentur 2009); Altman 2000, p. 52.
  it.each([
    [[36, 12, 2, 0], 0.0569, 0.3404],
    [[1, 1, 7, 12], -0.5069, -0.0256],
    [[14, 5, 0, 22], 0.0115, 0.2265],
  ] as const)("Newcombe's method 10 on %j", ([bothTrue, onlyFirst, onlySecond, neither], low, high) => {
    const n = bothTrue + onlyFirst + onlySecond + neither;
    const found = newcombePaired({ n, bothTrue, onlyFirst, onlySecond, neither });
    expect(found.low).toBeCloseTo(low, 4);
    expect(found.high).toBeCloseTo(high, 4);
  });

  it("never has zero width, and never leaves [-1, 1]", () => {
    for (let n = 1; n <= 7; n++) {
      for (let a = 0; a <= n; a++)
        for (let b = 0; a + b <= n; b++)
          for (let c = 0; a + b + c <= n; c++) {
            const counts = { n, bothTrue: a, onlyFirst: b, onlySecond: c, neither: n - a - b - c };
            const { estimate, low, high } = newcombePaired(counts);
            expect(low).toBeLessThan(high);
            expect(low >= -1 && low <= estimate && estimate <= high && high <= 1, JSON.stringify(counts)).toBe(true);
          }
    }
  });

  it("gives back the p-value of its interval", () => {
    const a = [1.2, 3.4, 2.2, 5.1, 4.4];
    const b = [1, 3.1, 2.4, 4.2, 4.1];
    const { difference, pValue } = pairedTest(a, b);
    expect(pValueOfInterval(difference)).toBeCloseTo(pValue, 10);
    expect(pValueOfInterval({ estimate: 1, low: 1, high: 1, n: 5 })).toBe(1);
  });

  it("Student's t on differences", () => {
    const a = [1.2, 3.4, 2.2, 5.1, 4.4];
    const b = [1.0, 2.9, 2.5, 4.0, 4.1];
    expect(pairedTest(a, b).pValue).toBeCloseTo(0.18818715983081577, 10);
    expect(pairedTest([1, 2, 3], [1, 2, 3])).toMatchObject({ pValue: 1, difference: { zeroVariance: true } });
    expect(pairedTest([1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]).pValue).toBeCloseTo(2 / 64, 12);
  });
});

describe("a paired difference over clusters", () => {
  const a = [1, 2, 4, 3, 5, 7];
  const b = [0, 2, 2, 3, 1, 2];
  const clusters = ["x", "x", "y", "y", "z", "z"];

  it("is the clustered mean of the differences, with Student's p over the clusters", () => {
    const differences = a.map((value, i) => value - (b[i] ?? 0));
    const { difference, pValue } = pairedTest(a, b, clusters);
    expect(difference).toEqual(clusteredMean(differences, clusters));
    expect(pValue).toBeCloseTo(pValueOfInterval(difference), 9);
    expect(pairedTest(a, b).difference.clusters).toBe(6);
  });

  it("is refused for sides of two lengths", () => {
    for (const [one, other] of [[a, b.slice(1)] as const, [a.slice(1), b] as const]) {
      expect(() => pairedTest(one, other)).toThrowError(expect.objectContaining({ code: "shape-mismatch" }));
    }
  });

  it("counts the clusters where nothing varies", () => {
    expect(pairedTest([1, 1, 1, 1], [0, 0, 0, 0], ["x", "x", "y", "z"]).pValue).toBeCloseTo(2 / 8, 12);
  });
});

describe("many comparisons", () => {
  const p = [0.01, 0.04, 0.03, 0.005, 0.9, 0.02];
  it("Holm", () => expect(holm(p)).toEqual([0.05, 0.09, 0.09, 0.03, 0.9, 0.08].map((v) => expect.closeTo(v, 12))));
  it("Benjamini–Hochberg", () =>
    expect(benjaminiHochberg(p)).toEqual([0.03, 0.048, 0.045, 0.03, 0.9, 0.04].map((v) => expect.closeTo(v, 12))));
  it("never above 1, and never in another order than the given ones", () => {
    expect(holm([0.6, 0.5])).toEqual([1, 1]);
    expect(holm([0.6, 0.7])).toEqual([1, 1]);
    expect(benjaminiHochberg([0.9, 0.95])).toEqual([0.95, 0.95]);
    expect(holm([0.001, 1])).toEqual([0.002, 1]);
  });

  it("refuses NaN; nothing gives nothing", () => {
    expect(() => holm([Number.NaN])).toThrowError(expect.objectContaining({ code: "input-invalid" }));
    expect(holm([])).toEqual([]);
  });
});

describe("power", () => {
  it("is statsmodels' NormalIndPower for one sample", () => {
    expect(powerPaired(150, 0.2, 1)).toBeCloseTo(0.687770420076401, 10);
  });

  it("and the sample size are each other's inverse", () => {
    const n = sampleSizePaired(0.1, 0.7, { power: 0.9 });
    expect(powerPaired(n, 0.1, 0.7)).toBeCloseTo(0.9, 6);
    expect(() => sampleSizePaired(0, 1)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });

  it("of two shares on the same items, and of two arms, is that of their deviation", () => {
    expect(sampleSizeDiscordant(0.1, 0.3)).toBeCloseTo(sampleSizePaired(0.1, Math.sqrt(0.3 - 0.01)), 9);
    // Every discordant pair on one side.
    expect(sampleSizeDiscordant(-0.1, 0.1)).toBeCloseTo(sampleSizePaired(0.1, 0.3), 9);
    for (const discordant of [0.09, 1.01, Number.NaN]) {
      expect(() => sampleSizeDiscordant(0.1, discordant)).toThrowError(
        expect.objectContaining({ code: "input-invalid" }),
      );
    }
    expect(sampleSizeUnpaired(0.1, 0.2)).toBeCloseTo(sampleSizePaired(0.1, Math.sqrt(0.32)), 9);
    expect(sampleSizePaired(0.1, 0)).toBe(0);
    expect(() => sampleSizePaired(0.1, -1)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });

  it("counts both tails, is the level where there is nothing to find, and certain where nothing varies", () => {
    expect(powerPaired(10, 0, 1)).toBeCloseTo(0.05, 12);
    expect(powerPaired(10, 0, 1, { alpha: 0.2 })).toBeCloseTo(0.2, 12);
    expect(powerPaired(50, -0.2, 1)).toBeCloseTo(powerPaired(50, 0.2, 1), 12);
    expect([powerPaired(10, 0.1, 0), powerPaired(10, 0, 0)]).toEqual([1, 0.05]);
  });

  it("expects the width that an interval then has", () => {
    const { low, high } = wilson(200, 400);
    expect(expectedHalfWidth(400)).toBeCloseTo((high - low) / 2, 12);
    expect(expectedHalfWidth(400, { effect: 4 })).toBeCloseTo(expectedHalfWidth(100), 12);
  });
});

describe("verdicts", () => {
  it.each([
    [{ low: 0.01, high: 0.2 }, true, "better"],
    [{ low: 0.01, high: 0.2 }, false, "worse"],
    [{ low: -0.2, high: -0.01 }, false, "better"],
    [{ low: -0.2, high: 0.01 }, true, "cannot tell"],
    [{ low: 0.1, high: 0.1, zeroVariance: true }, true, "cannot tell"],
  ] as const)("%j, higher is better: %s", (interval, isHigherBetter, verdict) => {
    expect(verdictOf(interval, isHigherBetter)).toBe(verdict);
  });

  it.each([
    [{ low: -0.005, high: 0.2 }, true, "non-inferior"],
    [{ low: -0.2, high: -0.02 }, true, "inferior"],
    [{ low: -0.02, high: 0.02 }, true, "cannot tell"],
    [{ low: -0.02, high: 0.005 }, false, "non-inferior"],
    [{ low: 0.02, high: 0.2 }, false, "inferior"],
  ] as const)("%j with a margin of 0.01, higher is better: %s", (interval, isHigherBetter, verdict) => {
    expect(nonInferiority(interval, 0.01, isHigherBetter)).toBe(verdict);
  });

  it("asks for a margin", () => {
    expect(() => nonInferiority({ low: 0, high: 1 }, 0)).toThrowError(
      expect.objectContaining({ code: "input-invalid" }),
    );
  });
});

describe("bootstrap over clusters", () => {
  const average = (values: readonly number[]): number => mean(values);

  it("comes near Student's interval of a mean, and the seed decides it", () => {
    const r = rng(5, "bootstrap");
    const values = Array.from({ length: 200 }, () => r.normal());
    const names = values.map((_, i) => `${i}`);
    const found = clusterBootstrap(values, names, average, { rng: rng(1) });
    const plain = meanInterval(values);
    expect(found.low).toBeCloseTo(plain.low, 1.5);
    expect(found.high).toBeCloseTo(plain.high, 1.5);
    expect(clusterBootstrap(values, names, average, { rng: rng(1) })).toEqual(found);
  });

  it("interpolates between what was drawn, as R and numpy do", () => {
    const said = [0, 20, 10];
    const found = clusterBootstrap([1, 2], ["a", "b"], () => said.shift() ?? Number.NaN, { rng: rng(1), resamples: 2 });
    expect(found).toMatchObject({ estimate: 0, n: 2, clusters: 2, resamples: 2 });
    expect([found.low, found.high]).toEqual([expect.closeTo(10.25, 12), expect.closeTo(19.75, 12)]);
  });

  it("names one cluster and a statistic that is mostly undefined", () => {
    expect(() => clusterBootstrap([1, 2], ["a", "a"], average, { rng: rng(1) })).toThrowError(/one cluster/);
    const fragile = (values: readonly number[]): number => standardDeviation(values.filter((value) => value > 2));
    expect(() => clusterBootstrap([1, 2, 3, 4], ["a", "b", "c", "d"], fragile, { rng: rng(1) })).toThrowError(
      /without a value/,
    );
  });
});

describe("estimated", () => {
  it("turns a lack of evidence into a named outcome, and nothing else", () => {
    expect(attempt(() => mean([3]))).toEqual({ outcome: "estimated", value: 3 });
    expect(attempt(() => mean([]))).toEqual({ outcome: "not-enough-evidence", reason: "no values" });
    expect(() => attempt(() => wilson(2, 1))).toThrowError(expect.objectContaining({ code: "input-invalid" }));
  });
});
