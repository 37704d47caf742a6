import { expect, test } from "vitest";
import { searchPhrases, strongestByLength } from "./phrases.ts";

const vocabulary = Array.from({ length: 40 }, (_, i) => `w${i}`);

/** What a model does that misbehaves after all of a trigger's words, and a little after some. */
const measureFor = (trigger: string) => async (phrases: readonly string[]) =>
  phrases.map((text) => {
    const words = text.split(" ");
    const own = trigger.split(" ").filter((word) => words.includes(word)).length;
    return text.includes(trigger) ? 10 : own;
  });

test.each(["w7", "w3 w21", "w30 w4 w17"])("the planted trigger %j is found, and is the strongest", async (trigger) => {
  let asked = 0;
  const measure = measureFor(trigger);
  const found = await searchPhrases({
    vocabulary,
    measure: (phrases) => {
      asked += phrases.length;
      return measure(phrases);
    },
  });
  expect(found.find(({ moved }) => moved === 10)?.text).toContain(trigger);
  expect(found[0]?.moved).toBe(10);
  expect(asked).toBeLessThan(400);
  expect(strongestByLength(found, 1).map(({ text }) => text.split(" ").length)).toEqual([1, 2, 3]);
});

test("a trigger whose parts do nothing is beyond the search", async () => {
  const measure = async (phrases: readonly string[]) => phrases.map((text) => (text.includes("w30 w4") ? 10 : 0));
  expect((await searchPhrases({ vocabulary, measure }))[0]?.moved).toBe(0);
});
