import { describe, expect, it } from "vitest";
import { type Rng, rng } from "../rng.ts";
import { createConstitution } from "./create.ts";
import { drawPrinciple, principlesFor } from "./draw.ts";

const { principles } = createConstitution({
  name: "three",
  principles: [
    { id: "a", text: "A.", weight: 1 },
    { id: "b", text: "B.", weight: 2 },
    { id: "c", text: "C.", weight: 5 },
  ],
});

function fixed(value: number): Rng {
  return { ...rng(0), next: () => value };
}

describe("drawPrinciple", () => {
  it("cuts the unit interval by weight: [0, 1/8) a, [1/8, 3/8) b, [3/8, 1) c", () => {
    const drawn = [0, 0.1249, 0.125, 0.3749, 0.375, 1 - 2 ** -32].map(
      (value) => drawPrinciple(principles, fixed(value)).id,
    );
    expect(drawn).toEqual(["a", "a", "b", "b", "c", "c"]);
  });

  it("draws in proportion (chi-square, 2 degrees of freedom, below its 99.9 % point)", () => {
    const counts = new Map<string, number>();
    const n = 8_000;
    for (let i = 0; i < n; i++) {
      const { id } = drawPrinciple(principles, rng(7, "sl-cai", `prompt-${i}`, 1));
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const statistic = principles.reduce((sum, { id, weight }) => {
      const expected = (n * weight) / 8;
      return sum + ((counts.get(id) ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect(statistic).toBeLessThan(13.82);
  });

  it("gives the same principle for the same seed, and takes one number of the stream", () => {
    const [left, right] = [rng(3, "x"), rng(3, "x")];
    drawPrinciple(principles, left);
    right.next();
    expect(left.next()).toBe(right.next());
    expect(drawPrinciple(principles, rng(3, "y"))).toBe(drawPrinciple(principles, rng(3, "y")));
  });

  it("says so when there is nothing to draw", () => {
    expect(() => drawPrinciple([], rng(1))).toThrowErrorMatchingInlineSnapshot(`
      [PreceptError: Drawing a principle: a constitution without principles
      expected: at least one principle]
    `);
  });
});

describe("principlesFor", () => {
  const constitution = createConstitution({
    name: "mixed",
    principles: [
      { id: "both", text: "T." },
      { id: "critique", text: "T.", critiqueRequest: "C?", revisionRequest: "R." },
      { id: "comparison", text: "T.", comparisonRequest: "Which?" },
      { id: "all", text: "T.", critiqueRequest: "C?", comparisonRequest: "Which?" },
    ],
  });

  it("leaves out what is worded for the other use alone", () => {
    expect(principlesFor(constitution, "critique").map(({ id }) => id)).toEqual(["both", "critique", "all"]);
    expect(principlesFor(constitution, "comparison").map(({ id }) => id)).toEqual(["both", "comparison", "all"]);
  });

  it("leaves out what is bound to another kind of prompt", () => {
    const bound = createConstitution({
      name: "bound",
      principles: [
        { id: "any", text: "T." },
        { id: "red", text: "T.", appliesTo: "red-team" },
        { id: "kind", text: "T.", appliesTo: "helpful", critiqueRequest: "C?" },
      ],
    });
    expect(principlesFor(bound, "critique", "red-team").map(({ id }) => id)).toEqual(["any", "red"]);
    expect(principlesFor(bound, "critique", "helpful").map(({ id }) => id)).toEqual(["any", "kind"]);
    expect(principlesFor(bound, "comparison", "helpful").map(({ id }) => id)).toEqual(["any"]);
    expect(principlesFor(bound, "critique").map(({ id }) => id)).toEqual(["any", "red", "kind"]);
  });

  it("takes all where none is meant for the use", () => {
    const pairs = createConstitution({ name: "pairs", principles: [{ id: "x", text: "T.", critiqueRequest: "C?" }] });
    expect(principlesFor(pairs, "comparison").map(({ id }) => id)).toEqual(["x"]);
  });
});
