import fc from "fast-check";
import { expect, test } from "vitest";
import { findDuplicates } from "./duplicates.ts";
import { SimilarTexts } from "./similar.ts";
import type { Statement } from "./votes.ts";

const textsOf = (...texts: readonly string[]): SimilarTexts => {
  const all = new SimilarTexts();
  for (const [i, text] of texts.entries()) all.add({ id: `s${i}`, text });
  return all;
};

test("finds what says the same but for case, a word's form and the end", () => {
  const all = textsOf(
    "The assistant should answer in plain words.",
    "Our buses should run at night.",
    "The assistant should answer in plain words",
    "Der Assistent soll in einfachen Worten antworten.",
  );
  expect(all.find("the assistant should answer in plain WORDS!").map(({ id, likeness }) => [id, likeness])).toEqual([
    ["s0", 1],
    ["s2", 1],
  ]);
  expect(all.find("The assistants should answer in plain words").map(({ id }) => id)).toEqual(["s0", "s2"]);
  expect(all.find("Der Assistent soll in einfachen Worten antworten").map(({ id }) => id)).toEqual(["s3"]);
  expect(all.find("the assistants should answer in plain words", { most: 1 })).toHaveLength(1);
  expect(all.find("The assistant should answer in plain words.", { isWanted: (id) => id === "s2" })).toEqual([
    { id: "s2", likeness: 1 },
  ]);
});

test.each([
  ["It should answer in plain words.", "It should not answer in plain words."],
  ["Es soll in einfachen Worten antworten.", "Es soll nie in einfachen Worten antworten."],
  ["Debe responder con palabras sencillas.", "No debe responder con palabras sencillas."],
  ["Il faut répondre avec des mots simples.", "Il ne faut pas répondre avec des mots simples."],
  ["يجب أن يجيب بكلمات بسيطة", "لا يجب أن يجيب بكلمات بسيطة"],
  ["Answer within 3 days, please.", "Answer within 30 days, please."],
  ["It should allow longer answers.", "It should forbid longer answers."],
])("never offers the opposite, or another number: %s", (one, other) => {
  expect(textsOf(one).find(other)).toEqual([]);
  expect(textsOf(other).find(one)).toEqual([]);
});

test("says nothing of a text of a few letters, or of none", () => {
  const all = textsOf("It is so", "", "…");
  for (const text of ["", "It is", "…", "   "]) expect(all.find(text)).toEqual([]);
});

test("agrees with what is found among all at once, for any texts", () => {
  const word = fc.constantFrom(
    ..."plain words answers should not never give the town hall people quick help 3".split(" "),
  );
  const text = fc.array(word, { minLength: 3, maxLength: 7 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(text, text, (one, other) => {
      const common = { at: 0, isSeed: true, isMeta: false, moderation: "accepted" } as const;
      const statements: Statement[] = [
        { id: "a", text: one, ...common },
        { id: "b", text: other, ...common },
      ];
      const [pair] = findDuplicates(statements);
      const [found] = textsOf(one).find(other);
      expect(found?.likeness).toBe(pair?.likeness);
    }),
    { numRuns: 300 },
  );
});
