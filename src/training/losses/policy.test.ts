import { describe, expect, it } from "vitest";
import type { Value } from "../../tensor/index.ts";
import { cast } from "../../tensor/operators/elementwise.ts";
import { reshape } from "../../tensor/operators/shape.ts";
import { agrees, at, close, get, type Inputs, mean, permuted, run, sum, type Values } from "./check.test-support.ts";
import { chosenLoss, type DpoOptions, dpoLoss } from "./dpo.ts";
import { type GrpoOptions, grpoLoss } from "./grpo.ts";
import { klEstimates } from "./kl.ts";
import { rlooLoss } from "./rloo.ts";

const softplus = (x: number): number => Math.log1p(Math.exp(x));

describe("chosenLoss", () => {
  const loss = (v: Values): Value =>
    chosenLoss({
      firstLogprob: get(v, "firstLogprob"),
      secondLogprob: get(v, "secondLogprob"),
      firstLength: get(v, "firstLength"),
      secondLength: get(v, "secondLength"),
      label: get(v, "label"),
      weights: get(v, "weights"),
    });
  const inputs = {
    firstLogprob: [-6, -4, -9, -2],
    secondLogprob: [-3, -10, -8, -5],
    firstLength: [3, 2, 3, 1],
    secondLength: [2, 5, 4, 1],
    label: [0.9, 0.2, 0.5, 1],
    weights: [1, 2, 5, 0],
  };
  const equation = (x: Inputs): number => {
    const chosen = at(x, "label").map((p, i) => {
      const [side, length] = p > 0.5 ? ["firstLogprob", "firstLength"] : ["secondLogprob", "secondLength"];
      return -(at(x, side)[i] as number) / (at(x, length)[i] as number);
    });
    return mean(
      chosen,
      at(x, "weights").map((w, i) => (at(x, "label")[i] === 0.5 ? 0 : w)),
    );
  };

  it("agrees with a case computed by hand: (6 / 3 + 2 · 10 / 5) / 3, a tie and a weight of 0 left out", async () => {
    const { value, gradient } = await run(inputs, ["firstLogprob", "secondLogprob"], loss);
    expect(value).toBeCloseTo(2, 6);
    expect(gradient["firstLogprob"]).toEqual([-1 / 9, 0, 0, 0].map((x) => expect.closeTo(x, 6)));
    expect(gradient["secondLogprob"]).toEqual([0, -2 / 15, 0, 0].map((x) => expect.closeTo(x, 6)));
  });

  it("agrees with finite differences, whatever the order of the pairs and whichever side is called first", async () => {
    await agrees(inputs, ["firstLogprob", "secondLogprob"], equation, loss);
    const swapped = {
      ...inputs,
      firstLogprob: inputs.secondLogprob,
      secondLogprob: inputs.firstLogprob,
      firstLength: inputs.secondLength,
      secondLength: inputs.firstLength,
      label: inputs.label.map((p) => 1 - p),
    };
    for (const other of [swapped, permuted(inputs, [3, 1, 0, 2])])
      expect((await run(other, [], loss)).value).toBeCloseTo(2, 5);
  });
});

describe("dpoLoss", () => {
  const terms = (v: Values) => ({
    first: get(v, "first"),
    second: get(v, "second"),
    label: get(v, "label"),
    weights: get(v, "weights"),
  });
  const plain: DpoOptions = { beta: 0.5, variant: "sigmoid", labelSmoothing: 0 };
  const variants: DpoOptions[] = [
    plain,
    { ...plain, labelSmoothing: 0.1 },
    { ...plain, variant: "robust", labelSmoothing: 0.2 },
    { ...plain, variant: "ipo" },
    { ...plain, variant: "ipo", labelSmoothing: 0.1 },
  ];
  const inputs = {
    first: [1, -2, 0.5, 3],
    second: [-1, 0.5, 0.4, -3],
    label: [1, 0.3, 0.5, 0],
    weights: [1, 2, 0.5, 0],
  };
  const loss =
    (options: DpoOptions) =>
    (v: Values): Value =>
      dpoLoss(terms(v), options);
  /** Each paper's own way of writing it. */
  const equation =
    ({ beta, variant, labelSmoothing: e }: DpoOptions) =>
    (x: Inputs): number =>
      mean(
        at(x, "label").map((p, i) => {
          const h = (at(x, "first")[i] as number) - (at(x, "second")[i] as number);
          const of = (forFirst: number, forSecond: number): number => p * forFirst + (1 - p) * forSecond;
          const [yes, no] =
            variant === "ipo"
              ? [(h - 1 / (2 * beta)) ** 2, (h + 1 / (2 * beta)) ** 2]
              : [softplus(-beta * h), softplus(beta * h)];
          const [right, flipped] = [of(yes, no), of(no, yes)];
          if (variant === "robust") return ((1 - e) * right - e * flipped) / (1 - 2 * e);
          return (1 - e) * right + e * flipped;
        }),
        at(x, "weights"),
      );

  it("agrees with cases computed by hand", async () => {
    // beta (first - second) = ln 3, so sigmoid = 3/4.
    const one = { first: [2 * Math.log(3)], second: [0], label: [1], weights: [1] };
    expect((await run(one, [], loss(plain))).value).toBeCloseTo(-Math.log(0.75), 6);
    const smoothed = (await run(one, [], loss({ ...plain, labelSmoothing: 0.1 }))).value;
    expect(smoothed).toBeCloseTo(-0.9 * Math.log(0.75) - 0.1 * Math.log(0.25), 6);
    const robust = (await run(one, [], loss({ ...plain, variant: "robust", labelSmoothing: 0.1 }))).value;
    expect(robust).toBeCloseTo((-0.9 * Math.log(0.75) + 0.1 * Math.log(0.25)) / 0.8, 6);
    // difference 3, target 1 / (2 · 0.5) = 1: (3 - 1)²
    const ipo = { first: [2], second: [-1], label: [1], weights: [1] };
    expect((await run(ipo, [], loss({ ...plain, variant: "ipo" }))).value).toBeCloseTo(4, 6);
  });

  it("agrees with finite differences, in every variant", async () => {
    for (const options of variants) await agrees(inputs, ["first", "second"], equation(options), loss(options));
  });

  it("ignores a swap of the answers with the label turned, a shift of both, and the order of pairs", async () => {
    const swapped = { ...inputs, first: inputs.second, second: inputs.first, label: inputs.label.map((p) => 1 - p) };
    const shifted = { ...inputs, first: inputs.first.map((r) => r + 5), second: inputs.second.map((r) => r + 5) };
    for (const options of variants) {
      const { value } = await run(inputs, [], loss(options));
      for (const other of [swapped, shifted, permuted(inputs, [3, 1, 0, 2])])
        expect((await run(other, [], loss(options))).value).toBeCloseTo(value, 4);
    }
  });
});

/** Two responses of two tokens and of one, then a place that is masked. */
const responses = {
  logprobs: [-1, -0.5, -2, -9],
  old: [-1.2, -0.4, -1.9, 0],
  reference: [-1.5, -0.3, -1, 0],
  advantages: [2, 2, -1, 5],
  mask: [1, 1, 1, 0],
  weights: [0.5, 0.5, 1, 0],
};
const policyTerms = (v: Values) => ({
  logprobs: get(v, "logprobs"),
  oldLogprobs: get(v, "old"),
  advantages: get(v, "advantages"),
  mask: get(v, "mask"),
  responseWeights: get(v, "weights"),
  referenceLogprobs: get(v, "reference"),
});
const surrogate = (ratio: number, advantage: number, low: number, high: number): number =>
  -Math.min(ratio * advantage, Math.min(1 + high, Math.max(1 - low, ratio)) * advantage);

describe("grpoLoss", () => {
  const plain: GrpoOptions = {
    clipRange: 0.2,
    clipRangeHigh: 0.2,
    klCoefficient: 0.1,
    klEstimator: "k3",
    normalisation: "response",
    maxTokens: 4,
  };
  const loss =
    (options: GrpoOptions) =>
    (v: Values): Value =>
      grpoLoss(policyTerms(v), options).loss;
  /** Eq. 3 of Shao et al. 2024 and its two descendants, response by response. */
  const equation =
    (options: GrpoOptions, own: readonly (readonly number[])[]) =>
    (x: Inputs): number => {
      const term = (i: number): number => {
        const ratio = Math.exp((at(x, "logprobs")[i] as number) - (at(x, "old")[i] as number));
        const kl = klEstimates(
          [at(x, "logprobs")[i] as number],
          [at(x, "reference")[i] as number],
          options.klEstimator,
        );
        const advantage = at(x, "advantages")[i] as number;
        return (
          surrogate(ratio, advantage, options.clipRange, options.clipRangeHigh) +
          options.klCoefficient * (kl[0] as number)
        );
      };
      const sums = own.map((places) => sum(places.map(term)));
      if (options.normalisation === "response")
        return sum(sums.map((s, i) => s / (own[i] as number[]).length)) / own.length;
      return sum(sums) / (options.normalisation === "token" ? own.flat().length : own.length * options.maxTokens);
    };
  const places = [[0, 1], [2]];

  it("agrees with a case computed by hand: the three ways to average", async () => {
    // Ratio 1 and no KL: the terms are -2, -2 | 1.
    const onPolicy = { ...responses, old: responses.logprobs };
    const of = async (normalisation: GrpoOptions["normalisation"]): Promise<number> =>
      (await run(onPolicy, [], loss({ ...plain, klCoefficient: 0, normalisation }))).value;
    expect(await of("response")).toBeCloseTo((-2 + 1) / 2, 6);
    expect(await of("token")).toBeCloseTo((-4 + 1) / 3, 6);
    expect(await of("constant")).toBeCloseTo((-4 + 1) / (2 * 4), 6);
  });

  it("agrees with finite differences", async () => {
    for (const options of [
      plain,
      { ...plain, normalisation: "token" as const, clipRangeHigh: 0.28 },
      { ...plain, normalisation: "constant" as const, klEstimator: "k2" as const },
      { ...plain, klEstimator: "k1" as const },
    ])
      await agrees(responses, ["logprobs"], equation(options, places), loss(options));
  });

  it("ignores the order of responses and what stands in masked places", async () => {
    const { value } = await run(responses, [], loss(plain));
    expect((await run(permuted(responses, [3, 2, 0, 1]), [], loss(plain))).value).toBeCloseTo(value, 6);
    const other = { ...responses, logprobs: [-1, -0.5, -2, 0], advantages: [2, 2, -1, -50] };
    expect((await run(other, [], loss(plain))).value).toBeCloseTo(value, 6);
  });
});

describe("rlooLoss", () => {
  /** One row: the first response at places 0 and 1 (segment 1), the second at 2 (segment 2), then padding. */
  const inputs = { ...responses, segments: [1, 1, 2, 0] };
  const loss = (v: Values): Value => {
    const row = (x: Value): Value => reshape(x, [1, 4]);
    const { referenceLogprobs: _unused, ...terms } = policyTerms(v);
    const rows = Object.fromEntries(Object.entries(terms).map(([name, value]) => [name, row(value)])) as typeof terms;
    return rlooLoss({ ...rows, segments: cast(row(get(v, "segments")), "int32") }, 0.2).loss;
  };

  it("agrees with a case computed by hand: one ratio a response", async () => {
    // log ratios 0.2 - 0.1 = 0.1 and -0.1: -(2 e^0.1) and e^-0.1, both inside the clip.
    const { value } = await run(inputs, [], loss);
    expect(value).toBeCloseTo((-2 * Math.exp(0.1) + Math.exp(-0.1)) / 2, 6);
  });

  it("has the gradient of REINFORCE on-policy: -A grad log pi(y), a mean over responses", async () => {
    const { gradient } = await run({ ...inputs, old: inputs.logprobs }, ["logprobs"], loss);
    expect(gradient["logprobs"]).toEqual(close([-1, -1, 0.5, 0], 6));
  });

  it("agrees with finite differences, and ignores how log-probability is spread over a response", async () => {
    const equation = (x: Inputs): number => {
      const places = [[0, 1], [2]];
      const terms = places.map((own) => {
        const ratio = Math.exp(sum(own.map((i) => (at(x, "logprobs")[i] as number) - (at(x, "old")[i] as number))));
        return surrogate(ratio, at(x, "advantages")[own[0] as number] as number, 0.2, 0.2);
      });
      return sum(terms) / 2;
    };
    await agrees(inputs, ["logprobs"], equation, loss);
    const moved = { ...inputs, logprobs: inputs.logprobs.map((l, i) => l + [0.3, -0.3, 0, 7][i]!) };
    expect((await run(moved, [], loss)).value).toBeCloseTo((await run(inputs, [], loss)).value, 5);
  });
});
