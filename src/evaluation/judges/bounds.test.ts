import { describe, expect, it } from "vitest";
import { wilson } from "../../statistics/index.ts";
import { boundedRate } from "./bounds.ts";
import { judgeHash } from "./judge.ts";

describe("boundedRate", () => {
  it("keeps the undetermined in the count and bounds what they hide", () => {
    expect(boundedRate([true, true, false, undefined])).toEqual({
      determined: wilson(2, 3),
      ifAllFalse: wilson(2, 4),
      ifAllTrue: wilson(3, 4),
      undetermined: wilson(1, 4),
    });
  });

  it("spans everything when all are undetermined", () => {
    const rate = boundedRate([undefined, undefined]);
    expect(rate.determined).toBeUndefined();
    expect([rate.ifAllFalse.estimate, rate.ifAllTrue.estimate]).toEqual([0, 1]);
  });

  it("refuses an empty set", () => {
    expect(() => boundedRate([])).toThrowError(expect.objectContaining({ code: "not-enough-evidence" }));
  });
});

describe("judgeHash", () => {
  const judge = { name: "refusal-class", version: "1", model: "a", prompt: "p" };
  it.each([
    ["name", { ...judge, name: "other" }],
    ["version", { ...judge, version: "2" }],
    ["model", { ...judge, model: "b" }],
    ["no model", { ...judge, model: null }],
    ["prompt", { ...judge, prompt: "p " }],
  ])("changes with the %s", (_, other) => {
    expect(judgeHash(other)).not.toBe(judgeHash(judge));
  });
});
