import { describe, expect, it } from "vitest";
import type { Value } from "../../tensor/index.ts";
import {
  agrees,
  at,
  close,
  draws,
  get,
  type Inputs,
  mean,
  permuted,
  run,
  sum,
  type Values,
} from "./check.test-support.ts";
import { klEstimates, klPenalty } from "./kl.ts";
import { ppoLoss, valueLoss } from "./ppo.ts";
import { preferenceAccuracy, preferenceLoss } from "./preference.ts";
import { tokenLoss } from "./token.ts";

describe("tokenLoss", () => {
  const loss = (v: Values): Value => tokenLoss(get(v, "logprobs"), get(v, "weights"));
  const inputs = { logprobs: [-1, -2, -0.5, -9], weights: [1, 0.5, 2, 0] };

  it("agrees with a case computed by hand: (1·1 + 2·0.5 + 0.5·2) / 3.5", async () => {
    const { value, gradient } = await run(inputs, ["logprobs"], loss);
    expect(value).toBeCloseTo(3 / 3.5, 6);
    expect(gradient.logprobs).toEqual(close([-1 / 3.5, -0.5 / 3.5, -2 / 3.5, 0], 6));
  });

  it("is a mean however small the weights are, and 0 where nothing is weighed", async () => {
    const light = { logprobs: [-1, -2], weights: [0.03, 0.01] };
    expect((await run(light, ["logprobs"], loss)).value).toBeCloseTo(1.25, 6);
    expect((await run({ ...light, weights: [0, 0] }, ["logprobs"], loss)).value).toBeCloseTo(0, 12);
  });

  it("agrees with finite differences", async () => {
    await agrees(
      inputs,
      ["logprobs", "weights"],
      (x) =>
        mean(
          at(x, "logprobs").map((l) => -l),
          at(x, "weights"),
        ),
      loss,
    );
  });

  it("ignores the order of tokens and the scale of the weights, and is 0 of nothing", async () => {
    const { value } = await run(inputs, [], loss);
    expect((await run(permuted(inputs, [2, 0, 3, 1]), [], loss)).value).toBeCloseTo(value, 6);
    expect((await run({ ...inputs, weights: inputs.weights.map((w) => 7 * w) }, [], loss)).value).toBeCloseTo(value, 6);
    expect((await run({ ...inputs, weights: [0, 0, 0, 0] }, [], loss)).value).toBe(0);
  });
});

describe("preferenceLoss", () => {
  const terms = (v: Values) => [get(v, "first"), get(v, "second"), get(v, "label"), get(v, "weights")] as const;
  const loss = (v: Values): Value => preferenceLoss(...terms(v));
  const inputs = {
    first: [0.3, -1.2, 2, 0.7],
    second: [0.1, 0.4, -1, 0.7],
    label: [0.9, 0.2, 0.5, 1],
    weights: [1, 2, 0.5, 0],
  };

  it("agrees with a case computed by hand", async () => {
    // d = ln 3: sigmoid(d) = 3/4; -(0.8 ln 0.75 + 0.2 ln 0.25)
    const one = { first: [Math.log(3)], second: [0], label: [0.8], weights: [1] };
    const { value, gradient } = await run(one, ["first", "second"], loss);
    expect(value).toBeCloseTo(-(0.8 * Math.log(0.75) + 0.2 * Math.log(0.25)), 6);
    expect(gradient.first?.[0]).toBeCloseTo(0.75 - 0.8, 6);
    expect(gradient.second?.[0]).toBeCloseTo(0.8 - 0.75, 6);
  });

  it("agrees with finite differences", async () => {
    const logistic = (d: number): number => 1 / (1 + Math.exp(-d));
    const equation = (x: Inputs): number =>
      mean(
        at(x, "label").map((p, i) => {
          const d = (at(x, "first")[i] as number) - (at(x, "second")[i] as number);
          return -(p * Math.log(logistic(d)) + (1 - p) * Math.log(logistic(-d)));
        }),
        at(x, "weights"),
      );
    await agrees(inputs, ["first", "second", "label"], equation, loss);
  });

  it("ignores a swap of A and B with the label turned, a shift of all scores, and the order of pairs", async () => {
    const { value } = await run(inputs, [], loss);
    const swapped = { ...inputs, first: inputs.second, second: inputs.first, label: inputs.label.map((p) => 1 - p) };
    const shifted = { ...inputs, first: inputs.first.map((r) => r + 5), second: inputs.second.map((r) => r + 5) };
    for (const other of [swapped, shifted, permuted(inputs, [3, 1, 0, 2])])
      expect((await run(other, [], loss)).value).toBeCloseTo(value, 5);
  });

  it("stays finite far from zero", async () => {
    const far = { first: [500], second: [-500], label: [0], weights: [1] };
    const { value, gradient } = await run(far, ["first"], loss);
    expect(value).toBeCloseTo(1000, 3);
    expect(gradient.first?.[0]).toBeCloseTo(1, 6);
  });

  it("counts agreement of order, ties as disagreement, by weight", async () => {
    const { value } = await run(inputs, [], (v) => preferenceAccuracy(...terms(v)));
    expect(value).toBeCloseTo((1 + 2) / 3.5, 6);
  });
});

describe("ppoLoss", () => {
  const terms = (v: Values) => ({
    logprobs: get(v, "logprobs"),
    oldLogprobs: get(v, "old"),
    advantages: get(v, "advantages"),
    mask: get(v, "mask"),
  });
  const loss = (v: Values): Value => ppoLoss(terms(v), 0.2).loss;
  const hand = {
    logprobs: [1.5, 1.5, 0.5, 0.5, 1, 9].map(Math.log),
    old: [0, 0, 0, 0, 0, 0],
    advantages: [2, -2, 2, -2, 1, 100],
    mask: [1, 1, 1, 1, 1, 0],
  };

  it("agrees with a case computed by hand, on both sides of the clip", async () => {
    // min(rA, clip(r)A): min(3, 2.4) + min(-3, -2.4) + min(1, 1.6) + min(-1, -1.6) + 1 = 2.4 - 3 + 1 - 1.6 + 1 = -0.2
    const { value, gradient } = await run(hand, ["logprobs"], loss);
    expect(value).toBeCloseTo(0.2 / 5, 6);
    expect(gradient.logprobs).toEqual(close([0, 3 / 5, -1 / 5, 0, -1 / 5, 0], 5));
    expect((await run(hand, [], (v) => ppoLoss(terms(v), 0.2).clipFraction)).value).toBeCloseTo(2 / 5, 6);
    expect((await run(hand, [], (v) => ppoLoss(terms(v), 0.2).ratio)).value).toBeCloseTo(1, 6);
    // DAPO's two ranges: 2 · 1.3 where the ratio may rise to 1.3, −2 · 0.8 where it may fall to 0.8 and no further.
    const apart = await run(hand, ["logprobs"], (v) => ppoLoss(terms(v), 0.2, 0.3).loss);
    expect(apart.value).toBeCloseTo(-(2.6 - 3 + 1 - 1.6 + 1) / 5, 6);
    expect(apart.gradient.logprobs).toEqual(close([0, 3 / 5, -1 / 5, 0, -1 / 5, 0], 5));
    const logRatios = [1.5, 1.5, 0.5, 0.5, 1].map((r) => Math.log(r) ** 2 / 2);
    expect((await run(hand, [], (v) => ppoLoss(terms(v), 0.2).approxKl)).value).toBeCloseTo(sum(logRatios) / 5, 6);
  });

  it("agrees with finite differences", async () => {
    const inputs = {
      logprobs: draws(12, 0.3, "new"),
      old: draws(12, 0.3, "old"),
      advantages: draws(12, 1, "advantage"),
      mask: [1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1],
    };
    const equation = (x: Inputs): number =>
      mean(
        at(x, "logprobs").map((l, i) => {
          const ratio = Math.exp(l - (at(x, "old")[i] as number));
          const advantage = at(x, "advantages")[i] as number;
          return -Math.min(ratio * advantage, Math.min(1.2, Math.max(0.8, ratio)) * advantage);
        }),
        at(x, "mask"),
      );
    await agrees(inputs, ["logprobs", "advantages"], equation, loss);
  });

  it("is the policy gradient at ratio 1, and ignores a shift of both log-probabilities", async () => {
    const inputs = { ...hand, logprobs: hand.old };
    const { value, gradient } = await run(inputs, ["logprobs"], loss);
    expect(value).toBeCloseTo(-1 / 5, 6);
    const expected = inputs.advantages.map((a, i) => (-a * (inputs.mask[i] as number)) / 5);
    expect(gradient.logprobs).toEqual(close(expected, 5));
    const shifted = { ...hand, logprobs: hand.logprobs.map((l) => l - 2), old: hand.old.map((l) => l - 2) };
    expect((await run(shifted, [], loss)).value).toBeCloseTo((await run(hand, [], loss)).value, 5);
  });
});

describe("valueLoss", () => {
  const terms = (v: Values) => ({
    values: get(v, "values"),
    oldValues: get(v, "old"),
    returns: get(v, "returns"),
    mask: get(v, "mask"),
  });
  const inputs = { values: [1, 2, -1, 7], old: [0.5, 0, -1.1, 0], returns: [0, 3, 1, 0], mask: [1, 1, 1, 0] };

  it("agrees with cases computed by hand", async () => {
    expect((await run(inputs, [], (v) => valueLoss(terms(v)))).value).toBeCloseTo((1 + 1 + 4) / 3 / 2, 6);
    // held values 0.7, 0.2, -1.0: the larger errors are 1, (0.2 - 3)² = 7.84 and 4
    expect((await run(inputs, [], (v) => valueLoss(terms(v), 0.2))).value).toBeCloseTo((1 + 7.84 + 4) / 3 / 2, 5);
  });

  it("agrees with finite differences, clipped and not, and ignores the order of tokens", async () => {
    for (const range of [undefined, 0.2]) {
      const equation = (x: Inputs): number =>
        mean(
          at(x, "values").map((value, i) => {
            const goal = at(x, "returns")[i] as number;
            const before = at(x, "old")[i] as number;
            const held =
              before + (range === undefined ? value - before : Math.min(range, Math.max(-range, value - before)));
            return Math.max((value - goal) ** 2, (held - goal) ** 2) / 2;
          }),
          at(x, "mask"),
        );
      await agrees(inputs, ["values"], equation, (v) => valueLoss(terms(v), range));
      const { value } = await run(inputs, [], (v) => valueLoss(terms(v), range));
      expect((await run(permuted(inputs, [3, 2, 0, 1]), [], (v) => valueLoss(terms(v), range))).value).toBeCloseTo(
        value,
        6,
      );
    }
  });
});

describe("klPenalty", () => {
  const inputs = { logprobs: [-1, -0.5, -3, -2], reference: [-1.5, -1, -1, -2], mask: [1, 1, 1, 0] };
  const terms = (v: Values) => [get(v, "logprobs"), get(v, "reference"), get(v, "mask")] as const;

  it("agrees with cases computed by hand", async () => {
    expect([...klEstimates(inputs.logprobs, inputs.reference, "k1")]).toEqual([0.5, 0.5, -2, 0]);
    expect((await run(inputs, [], (v) => klPenalty(...terms(v), "k1"))).value).toBeCloseTo(-1 / 3, 6);
    expect([...klEstimates(inputs.logprobs, inputs.reference, "k2")]).toEqual([0.125, 0.125, 2, 0]);
    expect((await run(inputs, [], (v) => klPenalty(...terms(v), "k2"))).value).toBeCloseTo(2.25 / 3, 6);
    const k3 = [Math.exp(-0.5) - 0.5, Math.exp(-0.5) - 0.5, Math.exp(2) - 3];
    expect((await run(inputs, [], (v) => klPenalty(...terms(v), "k3"))).value).toBeCloseTo(sum(k3) / 3, 5);
  });

  it("agrees with finite differences", async () => {
    for (const estimator of ["k1", "k2", "k3"] as const) {
      const equation = (x: Inputs): number =>
        mean([...klEstimates(at(x, "logprobs"), at(x, "reference"), estimator)], at(x, "mask"));
      await agrees(inputs, ["logprobs", "reference"], equation, (v) => klPenalty(...terms(v), estimator));
    }
  });

  it("estimates the divergence of two distributions without bias; k3 is never negative", () => {
    const policy = [0.5, 0.3, 0.2];
    const reference = [0.2, 0.2, 0.6];
    const truth = sum(policy.map((p, i) => p * Math.log(p / (reference[i] as number))));
    for (const estimator of ["k1", "k3"] as const) {
      const each = klEstimates(policy.map(Math.log), reference.map(Math.log), estimator);
      expect(mean([...each], policy)).toBeCloseTo(truth, 12);
      if (estimator === "k3") expect(Math.min(...each)).toBeGreaterThan(0);
    }
  });
});
