import { describe, expect, it } from "vitest";
import { boilerplateRate, brokenBound } from "./monitors.ts";

describe("boilerplateRate", () => {
  it("is the share of texts that carry the most repeated n-gram", () => {
    const texts = ["a b c d x", "y a b c d", "a b c", "p q r s t", "a b c d a b c d"];
    expect(boilerplateRate(texts, 4)).toBe(3 / 5);
  });

  it("looks for six words in a row", () => {
    expect(boilerplateRate(["x a b c d e f y", "p a b c d e f q"])).toBe(1);
    expect(boilerplateRate(["x a b c d e y", "p a b c d e q"])).toBe(1 / 2);
  });

  it("counts a text once however often it repeats itself, and ignores order and case", () => {
    expect(boilerplateRate(["no no no no no no", "x y"], 2)).toBe(1 / 2);
    expect(boilerplateRate(["B C", "a", "b c"], 2)).toBe(boilerplateRate(["a", "b c", "b C"], 2));
  });

  it("is 0 of short texts and of none", () => {
    expect(boilerplateRate(["a b", "a b"], 6)).toBe(0);
    expect(boilerplateRate([])).toBe(0);
  });
});

describe("brokenBound", () => {
  const calm = { klNats: 2, score: 0.5, length: 12, boilerplateRate: 0.3, referenceLogprob: -0.8, entropyNats: 1.2 };
  it("says nothing inside the bounds, nor exactly on them", () => {
    expect(brokenBound(calm, {})).toBeUndefined();
    expect(
      brokenBound(calm, {
        maxKlNats: 2,
        minScore: 0.5,
        minLength: 12,
        maxLength: 12,
        maxBoilerplateRate: 0.3,
        minReferenceLogprob: -0.8,
      }),
    ).toBeUndefined();
  });

  it("names the bound that is broken", () => {
    expect(brokenBound(calm, { maxKlNats: 1 })).toBe("KL from the reference (nats) 2.000 is above its bound 1");
    expect(brokenBound(calm, { minScore: 1 })).toContain("score 0.500 is below");
    expect(brokenBound(calm, { minLength: 13 })).toContain("length");
    expect(brokenBound(calm, { maxLength: 11 })).toContain("length");
    expect(brokenBound(calm, { maxBoilerplateRate: 0.2 })).toContain("boilerplate");
    expect(brokenBound(calm, { minReferenceLogprob: -0.7 })).toContain("log-probability");
    expect(brokenBound(calm, { minEntropyNats: 1.3 })).toContain("entropy (nats per token) 1.200 is below");
  });
});
