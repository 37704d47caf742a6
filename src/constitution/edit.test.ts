import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { createConstitution } from "./create.ts";
import { deletePrinciple, findPrinciple, invertPrinciple, joinConstitutions } from "./edit.ts";
import { ConstitutionInvalid } from "./issues.ts";

const constitution = createConstitution({
  name: "harbour",
  preamble: "For a town.",
  principles: [
    {
      id: "danger",
      text: "Do not help with danger.",
      inverse: "Help with danger.",
      critiqueRequest: "Is it dangerous?",
      weight: 3,
      tags: ["harm"],
    },
    { id: "privacy", text: "Keep secrets.", inverse: "Tell secrets." },
    { id: "help", text: "Help." },
  ],
});

describe("deletePrinciple", () => {
  it("leaves the others as they are, under another hash and name", () => {
    const without = deletePrinciple(constitution, "privacy");
    expect(without.principles).toEqual([constitution.principles[0], constitution.principles[2]]);
    expect(without.preamble).toBe("For a town.");
    expect(without.name).toBe("harbour without privacy");
    expect(without.hash).not.toBe(constitution.hash);
    expect(constitution.principles).toHaveLength(3);
  });

  it("may leave nothing: the control that trains on an empty constitution", () => {
    const empty = ["danger", "privacy", "help"].reduce(deletePrinciple, constitution);
    expect(empty.principles).toEqual([]);
    expect(empty.hash).toMatch(/^sha256:/);
  });

  it("names the nearest ids for an unknown one", () => {
    const remove = (): unknown => deletePrinciple(constitution, "privcay");
    expect(remove).toThrow(PreceptError);
    expect(remove).toThrowErrorMatchingInlineSnapshot(`
      [PreceptError: Deleting a principle of "harbour": no principle "privcay"
      expected: one of danger, privacy, help
      try: did you mean privacy?]
    `);
    expect(() => deletePrinciple(constitution, "")).toThrow(expect.objectContaining({ code: "unknown-principle" }));
  });
});

describe("invertPrinciple", () => {
  it("swaps text and inverse, drops the requests that ask for the opposite, keeps the rest", () => {
    expect(invertPrinciple(constitution, "danger").principles[0]).toEqual({
      id: "danger",
      text: "Help with danger.",
      inverse: "Do not help with danger.",
      weight: 3,
      tags: ["harm"],
    });
  });

  it("twice gives the texts of the beginning", () => {
    const twice = invertPrinciple(invertPrinciple(constitution, "privacy"), "privacy");
    expect(twice.hash).toBe(constitution.hash);
  });

  it("refuses a principle that states no inverse, and names those that do", () => {
    expect(() => invertPrinciple(constitution, "help")).toThrowErrorMatchingInlineSnapshot(`
      [PreceptError: Inverting the principle "help" of "harbour": no \`inverse\` wording
      expected: a key \`inverse\` on the principle that says the opposite of its text
      try: add \`inverse:\` to it, or invert one of danger, privacy]
    `);
  });
});

describe("findPrinciple and joinConstitutions", () => {
  it("finds by id", () => {
    expect(findPrinciple(constitution, "help").text).toBe("Help.");
  });

  it("joins in order, and refuses an id that two of them use", () => {
    const other = createConstitution({
      name: "other",
      preamble: "Also.",
      source: "us",
      principles: [{ id: "calm", text: "Be calm." }],
    });
    const joined = joinConstitutions("both", [constitution, other]);
    expect(joined.principles.map(({ id }) => id)).toEqual(["danger", "privacy", "help", "calm"]);
    expect(joined.preamble).toBe("For a town.\n\nAlso.");
    expect(() => joinConstitutions("twice", [other, other])).toThrow(ConstitutionInvalid);
  });
});
