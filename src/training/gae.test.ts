import { describe, expect, it } from "vitest";
import {
  generalisedAdvantages,
  groupAdvantages,
  leaveOneOutAdvantages,
  moments,
  perTokenRewards,
  whiten,
} from "./gae.ts";

const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 12));

describe("generalisedAdvantages", () => {
  it("agrees with a case computed by hand", () => {
    // deltas: 0 + .5 - 1 = -.5; 0 + .25 - .5 = -.25; 1 + 0 - .25 = .75; with lambda .5 backwards: .75, .125, -.4375
    const { advantages, returns } = generalisedAdvantages([0, 0, 1], [1, 0.5, 0.25], { lambda: 0.5 });
    expect([...advantages]).toEqual([-0.4375, 0.125, 0.75]);
    expect([...returns]).toEqual([0.5625, 0.625, 1]);
  });

  it("discounts the next value and what follows", () => {
    // deltas: .5 · .5 - 1 = -.75; .5 · .25 - .5 = -.375; .75; backwards with .5 · .5: .75, -.1875, -.796875
    const { advantages } = generalisedAdvantages([0, 0, 1], [1, 0.5, 0.25], { lambda: 0.5, discount: 0.5 });
    expect([...advantages]).toEqual([-0.796875, -0.1875, 0.75]);
  });

  it("is reward-to-go minus value at lambda 1, and the one-step error at lambda 0", () => {
    const rewards = [0.3, -0.2, 0.9, 0.1];
    const values = [0.5, 0.1, -0.4, 0.7];
    const monteCarlo = generalisedAdvantages(rewards, values, { lambda: 1 });
    expect([...monteCarlo.advantages]).toEqual(close([1.1 - 0.5, 0.8 - 0.1, 1.0 + 0.4, 0.1 - 0.7]));
    const oneStep = generalisedAdvantages(rewards, values, { lambda: 0 });
    expect([...oneStep.advantages]).toEqual(close([0.3 + 0.1 - 0.5, -0.2 - 0.4 - 0.1, 0.9 + 0.7 + 0.4, 0.1 - 0.7]));
  });

  it("refuses lengths that differ", () => {
    expect(() => generalisedAdvantages([1, 2], [1])).toThrow("lengths 2 and 1");
  });
});

describe("groupAdvantages", () => {
  it("agrees with a case computed by hand, and is 0 where all rewards of a prompt are equal", () => {
    const rewards = [3, 1, 5, 5];
    const groups = ["a", "a", "b", "b"];
    expect(groupAdvantages(rewards, groups, false)).toEqual([1, -1, 0, 0]);
    // Unbiased deviation of 3 and 1: sqrt 2.
    const scaled = 1 / (Math.SQRT2 + 1e-4);
    expect(groupAdvantages(rewards, groups)).toEqual([scaled, -scaled, 0, 0]);
    expect(groupAdvantages([7], ["alone"])).toEqual([0]);
    // Mean 2; squares 1, 1, 4 over n - 1 = 2: variance 3.
    const deviation = Math.sqrt(3) + 1e-4;
    expect(groupAdvantages([1, 1, 4], ["a", "a", "a"])).toEqual(close([-1 / deviation, -1 / deviation, 2 / deviation]));
  });

  it("refuses lengths that differ", () => {
    expect(() => groupAdvantages([1, 2], ["a"])).toThrow("lengths 2 and 1");
  });

  it("ignores a shift of a prompt's rewards and, scaled, their unit", () => {
    const groups = ["a", "a", "a"];
    const plain = groupAdvantages([1, 2, 4], groups);
    expect(groupAdvantages([11, 12, 14], groups)).toEqual(plain.map((x) => expect.closeTo(x, 9)));
    expect(groupAdvantages([1000, 2000, 4000], groups)).toEqual(plain.map((x) => expect.closeTo(x, 3)));
  });
});

describe("leaveOneOutAdvantages", () => {
  it("compares two samples of a prompt with each other, prompts of one sample with all others, a lone reward with none", () => {
    expect(leaveOneOutAdvantages([1, 2, 6, 10], ["a", "a", "b", "b"])).toEqual([-1, 1, -4, 4]);
    expect(leaveOneOutAdvantages([1, 4], ["a", "b"])).toEqual([-3, 3]);
    expect(leaveOneOutAdvantages([7], ["a"])).toEqual([0]);
  });

  it("refuses lengths that differ", () => {
    expect(() => leaveOneOutAdvantages([1], ["a", "b"])).toThrow("lengths 1 and 2");
  });

  it("subtracts the mean of the prompt's other samples", () => {
    expect(leaveOneOutAdvantages([1, 2, 6, 10], ["a", "a", "a", "b"])).toEqual([1 - 4, 2 - 3.5, 6 - 1.5, 10 - 3]);
  });

  it("sums to zero within a group and ignores a shift of the scores", () => {
    const groups = ["a", "b", "a", "b", "a"];
    const rewards = [0.2, 1.5, -0.7, 0.25, 3];
    const plain = leaveOneOutAdvantages(rewards, groups);
    expect((plain[0] ?? 0) + (plain[2] ?? 0) + (plain[4] ?? 0)).toBeCloseTo(0, 12);
    const shifted = rewards.map((r) => r + 7);
    expect(leaveOneOutAdvantages(shifted, groups)).toEqual(close(plain));
  });
});

describe("perTokenRewards", () => {
  it("charges every token for its divergence and pays the score on the last", () => {
    expect([...perTokenRewards(2, [0.5, -1, 0.25], 0.1)]).toEqual([-0.05, 0.1, 2 - 0.025]);
    expect([...perTokenRewards(2, [], 0.1)]).toEqual([]);
  });
});

describe("whiten", () => {
  it("gives mean 0 and variance 1, or keeps the mean", () => {
    const white = whiten([1, 2, 3, 10]);
    expect(moments(white).mean).toBeCloseTo(0, 12);
    expect(moments(white).variance).toBeCloseTo(1, 6);
    expect(moments(whiten([1, 2, 3, 10], { shift: false })).mean).toBeCloseTo(4, 12);
    expect([...whiten([3, 3, 3])]).toEqual([0, 0, 0]);
  });
});
