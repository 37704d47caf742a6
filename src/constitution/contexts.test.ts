import { describe, expect, it } from "vitest";
import type { PrincipleDraft } from "./constitution.ts";
import { createConstitution } from "./create.ts";
import { diffConstitutions } from "./diff.ts";
import { invertPrinciple } from "./edit.ts";
import { formatConstitution } from "./format.ts";
import { ConstitutionInvalid } from "./issues.ts";
import { hasConstitutionForm } from "./json-schema.ts";
import { parseConstitution } from "./parse.ts";
import { renderConstitution, renderDiff } from "./render.ts";

const principle: PrincipleDraft = {
  id: "brief",
  text: "Answer in at most two sentences.",
  inverse: "Answer at length.",
  positive: "You answer in one or two sentences.",
  negative: "You answer at great length.",
  demonstrations: [{ prompt: "How is tea made?", response: "Pour hot water on the leaves.\nWait." }],
};
const of = (changes: Partial<PrincipleDraft> = {}) =>
  createConstitution({ name: "c", principles: [{ ...principle, ...changes }] });

describe("the contexts of a principle", () => {
  it("come back from YAML as they were written, and stand in what is shown", () => {
    const text = formatConstitution(of());
    expect(parseConstitution(text)).toEqual(of());
    expect(renderConstitution(of())).toMatch(/positive: You answer in one.*negative: You.*demonstration: How is tea/s);
    expect(hasConstitutionForm({ principles: [principle] })).toBe(true);
  });

  it("count in the hash only where they are given, and their changes are named", () => {
    const bare = of({ positive: undefined, negative: undefined, demonstrations: undefined });
    const hashes = [bare, of(), of({ positive: "p" }), of({ negative: "n" }), of({ demonstrations: [] })];
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(5);
    const diff = diffConstitutions(bare, of());
    expect(diff.reworded.map(({ field }) => field)).toEqual(["positive", "negative", "demonstrations"]);
    expect(renderDiff(diff, { before: "a", after: "b" })).toContain("How is tea made? → Pour hot water");
  });

  it("change places with the principle, and its demonstrations go", () => {
    expect(invertPrinciple(of(), "brief").principles[0]).toMatchObject({
      text: "Answer at length.",
      positive: "You answer at great length.",
      negative: "You answer in one or two sentences.",
    });
    expect(invertPrinciple(of(), "brief").principles[0]).not.toHaveProperty("demonstrations");
  });

  it("are refused by line where a demonstration is no pair of texts", () => {
    const yaml = "principles:\n  - id: a\n    text: Be.\n    demonstrations:\n      - prompt: q\n      - r\n";
    expect(() => parseConstitution(yaml, { file: "a.yaml" })).toThrow(
      /a\.yaml:5:9 .*demonstrations\[0\].*response[\s\S]*a\.yaml:6:9 .*demonstrations\[1\].*prompt and response/,
    );
    expect(() => parseConstitution("principles:\n  - id: a\n    text: Be.\n    demonstrations: q\n")).toThrow("a list");
    expect(() => of({ demonstrations: [{ prompt: "q", response: " " }] })).toThrow(ConstitutionInvalid);
  });
});
