import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import { contrastReward, keepWidest, pickExtremes, rewardLabel } from "./contrast.ts";

const close = (value: number): unknown => expect.closeTo(value, 12);

describe("contrastReward", () => {
  it("is what three tokens add up to by hand", () => {
    // p⁺ gives the tokens 1/2, 1/4, 1/2; p⁻ gives them 1/4, 1/4, 1/8: R = log (1/16) − log (1/128) = log 8.
    const [positive, negative] = [[1 / 2, 1 / 4, 1 / 2].map(Math.log), [1 / 4, 1 / 4, 1 / 8].map(Math.log)];
    expect(contrastReward(positive, negative)).toEqual(close(Math.log(8)));
  });

  it("turns its sign with the contexts, adds up over parts, and is 0 where they agree", () => {
    const random = rng(1, "contrast");
    for (let round = 0; round < 20; round++) {
      const draw = (): number[] => Array.from({ length: 5 }, () => Math.log(random.next() + 1e-6));
      const [a, b] = [draw(), draw()];
      expect(contrastReward(a, b)).toEqual(close(-contrastReward(b, a)));
      expect(contrastReward(a, a)).toBe(0);
      const parts = contrastReward(a.slice(0, 2), b.slice(0, 2)) + contrastReward(a.slice(2), b.slice(2));
      expect(contrastReward(a, b)).toEqual(close(parts));
    }
  });
});

describe("rewardLabel", () => {
  it("is 8/9 for a difference of log 8, and nearer to one half at a higher temperature", () => {
    expect(rewardLabel(Math.log(8), 0)).toEqual(close(8 / 9));
    // σ(log 8 / 2) = √8 / (1 + √8)
    expect(rewardLabel(Math.log(8), 0, 2)).toEqual(close(Math.sqrt(8) / (1 + Math.sqrt(8))));
    expect(rewardLabel(3, 3)).toBe(0.5);
  });

  it("does not change when both rewards move, and adds to 1 with the pair turned round", () => {
    expect(rewardLabel(2 + 100, 1 + 100)).toEqual(close(rewardLabel(2, 1)));
    expect(rewardLabel(2, 1, 0.7) + rewardLabel(1, 2, 0.7)).toEqual(close(1));
    expect(rewardLabel(2000, 0)).toBe(1);
  });
});

it("picks the best and the worst, and neither where all are the same", () => {
  expect(pickExtremes([0.5, -3, 7, 7])).toEqual({ best: 2, worst: 1 });
  expect(pickExtremes([2, 2])).toBeUndefined();
  expect(pickExtremes([2])).toBeUndefined();
  expect(pickExtremes([])).toBeUndefined();
});

it("keeps the widest share, in the order in which they came", () => {
  const margins = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
  expect(keepWidest(margins, (margin) => margin, 0.4)).toEqual([5, 9, 6, 5]);
  expect(keepWidest(margins, (margin) => -margin, 0.1)).toEqual([1]);
  expect(keepWidest([1, 2], (margin) => margin, 0.01)).toEqual([2]);
  expect(keepWidest([], () => 0, 1)).toEqual([]);
});
