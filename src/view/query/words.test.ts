import { expect, test } from "vitest";
import { holdsTerms, parseTerms, wordsOf } from "./words.ts";

const holds = (text: string, typed: string): boolean => holdsTerms([wordsOf(text)], parseTerms(typed));

test.each([
  // Latin, Cyrillic, Arabic, Devanagari, Han with kana, Thai.
  ["The quay's crème: 12 boats.", ["the", "quay", "s", "crème", "12", "boats"]],
  ["Порт — утро", ["порт", "утро"]],
  ["مرحبًا بالعالم", ["مرحبًا", "بالعالم"]],
  ["नमस्ते दुनिया", ["नमस्ते", "दुनिया"]],
  ["港の朝, ok", ["港の", "の朝", "朝", "ok"]],
  ["ไทย", ["ไท", "ทย", "ย"]],
  ["ＦＵＬＬ １２", ["full", "12"]],
  ["a".repeat(60), ["a".repeat(48)]],
  ["… — !", []],
])("the words of %j", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

test.each([
  ["a boat at the quay", "quay boat", true],
  ["a boat at the quay", "qua", true],
  ["a boat at the quay", "qua boat", false],
  ["a boat at the quay", '"the quay"', true],
  ["a boat at the quay", '"the qua"', false],
  ["a boat at the quay", '"the qua', true],
  ["a boat at the quay", '"quay the"', false],
  ["I don't know", "don't know", true],
  ["t and don", "don't", false],
  ["утро в порту", "порт", true],
  ["港の朝です", "の朝", true],
  ["港の朝です", "港朝", false],
  ["港の朝です", "す", true],
  ["港の朝です", "朝", true],
  ["港の朝です ok", '"朝です ok"', true],
  ["港の朝です", '"…"', true],
])("%j is found by %j: %j", (text, typed, isFound) => {
  expect(holds(text, typed)).toBe(isFound);
});

test("a phrase stands in one text, words may stand in several", () => {
  const texts = [wordsOf("at the"), wordsOf("quay")];
  expect(holdsTerms(texts, parseTerms('"the quay"'))).toBe(false);
  expect(holdsTerms(texts, parseTerms("the quay"))).toBe(true);
});
