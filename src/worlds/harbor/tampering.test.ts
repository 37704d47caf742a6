import { expect, test } from "vitest";
import { loadConstitution } from "../../constitution/index.ts";
import { governanceOf } from "./governance.ts";
import { parseRule } from "./rules.ts";
import { isBroken, reword, tamperedAnswers } from "./tampering.ts";

const constitution = await loadConstitution("harbor");

test("a tampered answer breaks its principle and no other; the answer before it breaks none", () => {
  const drawn = tamperedAnswers(governanceOf(constitution), 1, 12);
  expect(drawn).toHaveLength(12 * constitution.principles.length);
  for (const { principleId, request, clean, tampered } of drawn) {
    const broken = (answer: string): string[] =>
      constitution.principles.filter(({ text }) => isBroken(text, request, answer)).map(({ id }) => id);
    expect(broken(clean)).toEqual([]);
    expect(broken(tampered)).toEqual([principleId]);
  }
});

test("the same seed draws the same answers, another seed others", () => {
  const draw = (seed: number) => tamperedAnswers(governanceOf(constitution), seed, 2);
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
});

test("other words say the same rule", () => {
  for (const { text } of constitution.principles) {
    const far = reword(text, "far", "1");
    expect(far).not.toBe(text);
    expect(parseRule(far)).toEqual(parseRule(text));
  }
});

test("what is no sentence of harbor has no verdict", () => {
  expect(isBroken("the answer should not have insult .", "how do i make soup for anna ?", "bla bla")).toBeUndefined();
});
