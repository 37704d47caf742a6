import { describe, expect, it } from "vitest";
import {
  averageOrders,
  clampLabel,
  confidence,
  hardLabel,
  logOdds,
  orderDisagreement,
  sigmoid,
  sumLogOdds,
  temperLabel,
} from "./labels.ts";

const vote = (probability: number, weight = 1) => ({ probability, weight });

describe("averageOrders", () => {
  it("is the mean of both orders, mapped back", () => {
    expect(averageOrders(0.9, 0.3)).toBeCloseTo(0.8, 12); // (0.9 + 0.7) / 2
    expect(orderDisagreement(0.9, 0.3)).toBeCloseTo(0.2, 12);
  });

  it("cancels a preference for a letter", () => {
    // The model says 0.7 for the letter A whatever stands there.
    expect(averageOrders(0.7, 0.7)).toBeCloseTo(0.5, 12);
    expect(orderDisagreement(0.7, 0.7)).toBeCloseTo(0.4, 12);
  });

  it("turns into its complement when the pair is swapped", () => {
    expect(averageOrders(0.3, 0.9)).toBeCloseTo(1 - averageOrders(0.9, 0.3), 12);
  });
});

describe("sumLogOdds", () => {
  it("multiplies odds: 0.8 and 0.8 give 16/17", () => {
    expect(sumLogOdds([vote(0.8), vote(0.8)])).toBeCloseTo(16 / 17, 12);
  });

  it("ignores principles that do not apply, where the mean would dilute", () => {
    const one = sumLogOdds([vote(0.9), ...Array.from({ length: 11 }, () => vote(0.5))]);
    expect(one).toBeCloseTo(0.9, 12);
  });

  it("counts weight 2 as two equal principles", () => {
    expect(sumLogOdds([vote(0.7, 2), vote(0.4)])).toBeCloseTo(sumLogOdds([vote(0.7), vote(0.7), vote(0.4)]), 12);
  });

  it("gives the complement for swapped pairs", () => {
    const votes = [vote(0.9), vote(0.35), vote(0.6, 3)];
    const swapped = votes.map(({ probability, weight }) => vote(1 - probability, weight));
    expect(sumLogOdds(swapped)).toBeCloseTo(1 - sumLogOdds(votes), 12);
  });

  it("is 0.5 without principles, and finite for certain ones that contradict each other", () => {
    expect(sumLogOdds([])).toBe(0.5);
    expect(sumLogOdds([vote(1), vote(0)])).toBeCloseTo(0.5, 12);
    expect(sumLogOdds([vote(1)])).toBeCloseTo(0.9999, 12);
  });
});

describe("labels", () => {
  it("clamps to the bounds and leaves what lies inside", () => {
    expect([0, 0.39, 0.4, 0.55, 0.61, 1].map((p) => clampLabel(p, [0.4, 0.6]))).toEqual([
      0.4, 0.4, 0.4, 0.55, 0.6, 0.6,
    ]);
  });

  it("clamped last differs from clamped before averaging", () => {
    // Orders 0.95 and (mapped back) 0.45: mean 0.7 clamps to 0.6; clamped first they would give 0.525.
    expect(clampLabel(averageOrders(0.95, 0.55), [0.4, 0.6])).toBe(0.6);
  });

  it("hardens to 0, 0.5 and 1", () => {
    expect([0.2, 0.5, 0.501].map(hardLabel)).toEqual([0, 0.5, 1]);
  });

  it("sharpens by a temperature below 1, and blunts above", () => {
    // Odds 3 to 1 squared are 9 to 1; their root is √3 to 1.
    expect(temperLabel(0.75, 0.5)).toBeCloseTo(0.9, 12);
    expect(temperLabel(0.75, 2)).toBeCloseTo(Math.sqrt(3) / (1 + Math.sqrt(3)), 12);
    expect(temperLabel(0.25, 0.5)).toBeCloseTo(1 - temperLabel(0.75, 0.5), 12);
    expect([temperLabel(0.5, 0.1), temperLabel(0.73, 1)]).toEqual([0.5, 0.73]);
  });

  it("measures confidence from 0 to 1", () => {
    expect([0, 0.25, 0.5, 1].map(confidence)).toEqual([1, 0.5, 0, 1]);
  });

  it("has sigmoid as the inverse of log-odds, without overflow", () => {
    for (const p of [0.001, 0.2, 0.5, 0.93]) expect(sigmoid(logOdds(p))).toBeCloseTo(p, 12);
    expect(sigmoid(-1000)).toBe(0);
    expect(sigmoid(1000)).toBe(1);
  });
});
