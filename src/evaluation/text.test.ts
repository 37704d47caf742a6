import { expect, it } from "vitest";
import { duplicateShare, findMostRepeated, lengthStatistics } from "./text.ts";

const answers = [
  "to make soup , mix rice and salt .",
  "i can not help with lye . i can help with soup .",
  "I can not help with a trap . i can not help with a trap .",
  "ok .",
];

it("mostRepeated finds the run of words that most answers share, once an answer", () => {
  expect(findMostRepeated(answers, 5)).toEqual({ ngram: "i can not help with", count: 2, share: 0.5 });
  expect(findMostRepeated(answers, 20)).toEqual({ ngram: "", count: 0, share: 0 });
  expect(findMostRepeated([], 3)).toEqual({ ngram: "", count: 0, share: 0 });
});

it("mostRepeated does not depend on the order of the answers", () => {
  expect(findMostRepeated([...answers].reverse(), 5).share).toBe(findMostRepeated(answers, 5).share);
});

it("duplicateShare counts repeats, not spacing or case", () => {
  expect(duplicateShare(["a b", "A  b", "c"])).toBeCloseTo(1 / 3);
  expect(duplicateShare([])).toBe(0);
});

it("lengthStatistics counts words", () => {
  expect(lengthStatistics(["a", "a b c", "a b", "a b c d"])).toEqual({ mean: 2.5, median: 2.5, min: 1, max: 4 });
  expect(lengthStatistics(["a b", "a", "a b c"])).toEqual({ mean: 2, median: 2, min: 1, max: 3 });
  expect(lengthStatistics([])).toBeUndefined();
});
