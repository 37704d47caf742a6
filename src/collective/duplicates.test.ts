import { describe, expect, test } from "vitest";
import { findDuplicates } from "./duplicates.ts";
import { mergeStatements, settleVotes } from "./merges.ts";
import { simulateTown, statementOf } from "./town.test-support.ts";
import type { Vote } from "./votes.ts";
import { differsInMeaning } from "./words.ts";

function duplicatesOf(...texts: readonly string[]): string[] {
  const statements = texts.map((text, i) => statementOf(`${i}`, { text }));
  return findDuplicates(statements).map(({ first, second, kind }) => `${first}=${second} ${kind}`);
}

describe("duplicates", () => {
  test("are the same text but for case, accents, punctuation and blanks", () => {
    expect(duplicatesOf("Más autobuses, por favor!", "mas  autobuses por favor", "Weniger Autos")).toEqual([
      "0=1 exact",
    ]);
  });

  test("are nearly the same text", () => {
    expect(
      duplicatesOf(
        "The city should build more bicycle lanes along main roads",
        "The city should build more bicycle lanes along the main roads.",
        "The library should open on Sundays",
      ),
    ).toEqual(["0=1 near"]);
  });

  test.each([
    ["The AI should give medical advice", "The AI should not give medical advice"],
    ["The AI should give medical advice", "The AI shouldn’t give medical advice"],
    ["Der Bus soll nachts fahren", "Der Bus soll nachts nicht fahren"],
    ["Die Stadt soll keine Steuern senken", "Die Stadt soll Steuern senken"],
    ["La ciudad debe subir los impuestos", "La ciudad no debe subir los impuestos"],
    ["La ville doit fermer la rue aux voitures", "La ville ne doit pas fermer la rue aux voitures"],
    ["The voting age should be 16 years", "The voting age should be 18 years"],
    ["Taxes on rents in this town should increase", "Taxes on rents in this town should decrease"],
    ["It is fair to tax rents in this town", "It is unfair to tax rents in this town"],
    ["Everyone in the council must agree to it", "Nobody in the council must agree to it"],
  ])("are never %s / %s", (one, other) => {
    expect(differsInMeaning(one, other)).toBe(true);
    expect(duplicatesOf(one, other)).toEqual([]);
  });

  test("are found by meaning where vectors of it are at hand, negations still apart", () => {
    const statements = [
      statementOf("a", { text: "Build more homes" }),
      statementOf("b", { text: "We need housing construction" }),
      statementOf("c", { text: "Do not build more homes" }),
    ];
    const embeddings = new Map([
      ["a", [1, 0.1]],
      ["b", [1, 0.12]],
      ["c", [1, 0.11]],
    ]);
    expect(findDuplicates(statements, { embeddings }).map(({ first, second }) => first + second)).toEqual(["ab"]);
  });

  test("of texts without letters are none, and of a thousand are found", () => {
    expect(duplicatesOf("", "", "…")).toEqual([]);
    const many = Array.from(
      { length: 1000 },
      (_, i) => `Statement about subject ${i * 7919} in district ${i * 104729}`,
    );
    expect(duplicatesOf(...many, "statement about subject 0 in district 0!")).toContain("0=1000 exact");
  });
});

describe("merged statements", () => {
  const votes = (person: string, ...of: readonly (readonly [string, Vote])[]) =>
    of.map(([statement, vote], at) => ({ participant: person, statement, vote, at }));
  const conversation = {
    statements: ["a", "b", "c"].map((id) => statementOf(id)),
    votes: [
      ...votes("ann", ["a", "agree"], ["b", "disagree"]),
      ...votes("bob", ["b", "agree"], ["a", "pass"]),
      ...votes("cem", ["b", "disagree"], ["b", "agree"], ["c", "pass"]),
    ],
  };

  test("have the union of their voters, one vote each; opposite votes of one person are a pass", () => {
    const merged = mergeStatements(conversation, [{ into: "a", statements: ["b"] }]);
    expect(merged.statements.map(({ id }) => id)).toEqual(["a", "c"]);
    const said = merged.votes.map(({ participant, statement, vote }) => `${participant} ${statement} ${vote}`).sort();
    expect(said).toEqual(["ann a pass", "bob a agree", "cem a agree", "cem c pass"]);
  });

  test("come apart again when the merge is left out, for the log was never changed", () => {
    const before = structuredClone(conversation);
    mergeStatements(conversation, [{ into: "a", statements: ["b"] }]);
    expect(mergeStatements(conversation, [])).toEqual(before);
  });

  test("merge on: what is merged into a merged statement counts under the last", () => {
    const merged = mergeStatements(conversation, [
      { into: "b", statements: ["c"] },
      { into: "a", statements: ["b"] },
    ]);
    expect(merged.statements.map(({ id }) => id)).toEqual(["a"]);
    expect(merged.votes).toHaveLength(3);
  });

  test.each([
    [[{ into: "a", statements: ["x"] }], /statement x, which the conversation does not have/],
    [
      [
        { into: "a", statements: ["b"] },
        { into: "c", statements: ["b"] },
      ],
      /merged into a already/,
    ],
    [
      [
        { into: "a", statements: ["b"] },
        { into: "b", statements: ["a"] },
      ],
      /lead back/,
    ],
  ])("cannot be %j", (merges, message) => {
    expect(() => mergeStatements(conversation, merges)).toThrow(message);
  });

  test("settle by what decides", () => {
    expect(settleVotes(["pass", "disagree"])).toBe("disagree");
    expect(settleVotes(["pass", "pass"])).toBe("pass");
    expect(settleVotes(["agree", "pass", "disagree"])).toBe("pass");
  });

  test("never lose a voter", () => {
    const town = simulateTown({ seed: 1, people: 30, statements: 10, camps: 2, noise: 0.2, density: 0.5 });
    const merged = mergeStatements(town, [{ into: "s0", statements: ["s1", "s2"] }]);
    const voters = (of: typeof town, ids: readonly string[]) =>
      new Set(of.votes.filter(({ statement }) => ids.includes(statement)).map(({ participant }) => participant));
    expect(voters(merged, ["s0"])).toEqual(voters(town, ["s0", "s1", "s2"]));
  });
});
