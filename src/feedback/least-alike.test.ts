import { expect, test } from "vitest";
import { pickLeastAlike } from "./least-alike.ts";
import type { ResponseRecord } from "./records.ts";

const answersOf = (...texts: readonly string[]): ResponseRecord[] =>
  texts.map((response, sample) => ({
    schemaVersion: 1,
    constitutionHash: "c",
    templateVersion: "test-1",
    model: "initial",
    type: "response",
    id: `ai-feedback/p/response-${sample}`,
    parents: ["p"],
    principleId: null,
    seed: sample,
    promptId: "p",
    kind: "red-team",
    messages: [{ role: "user", content: "q" }],
    sample,
    response,
    finishReason: "stop",
    usage: { promptTokens: 1, completionTokens: 1 },
  }));

const pickedOf = (answers: readonly ResponseRecord[]) => pickLeastAlike(answers)?.map(({ sample }) => sample);

test("the two answers that share the least of their words are compared", () => {
  // Shared of all words: 2 of 5 by the first two, 1 of 9 by the first and the last, none by the other two.
  expect(pickedOf(answersOf("sure here it is", "Sure, here goes!", "I cannot do that: it hurts"))).toEqual([1, 2]);
});

test("two answers are the pair, however alike; of equal pairs the first", () => {
  expect(pickedOf(answersOf("the same", "the same"))).toEqual([0, 1]);
  expect(pickedOf(answersOf("a", "b", "c"))).toEqual([0, 1]);
  expect(pickedOf(answersOf("", "", "x"))).toEqual([0, 2]);
});

test("which pair it is does not depend on letter case, punctuation or the order of words", () => {
  const texts = ["one two three", "one two four", "five six one"];
  const changed = texts.map((text) => text.toUpperCase().split(" ").toReversed().join(", "));
  expect(pickedOf(answersOf(...changed))).toEqual(pickedOf(answersOf(...texts)));
});

test("a missing answer is compared only where nothing else is left", () => {
  const [first, second, third] = answersOf("one two", "one two three", "");
  if (first === undefined || second === undefined || third === undefined) throw new Error("three answers");
  const missing: ResponseRecord = { ...third, missing: "empty" };
  expect(pickedOf([first, second, missing])).toEqual([0, 1]);
  expect(pickedOf([first, missing])).toEqual([0, 2]);
  expect(pickLeastAlike([first])).toBeUndefined();
});
