import { expect, test } from "vitest";
import { type Change, changesOf, wordsOf } from "./changes.ts";

const show = (changes: readonly Change[] | undefined): string | undefined =>
  changes?.map(({ kind, text }) => ({ same: text, removed: `[-${text}-]`, added: `[+${text}+]` })[kind]).join("");

test.each([
  ["try rest . you oaf .", "try sleep . you oaf .", "try [-rest -][+sleep +]. you oaf ."],
  ["same", "same", "same"],
  ["a b c d", "a b c d e", "a b c d [+e+]"],
  ["try rest . you oaf . you should know .", "try rest . you oaf .", "try rest . you oaf . [-you should know .-]"],
  ["help with plant . you oaf .", "help with trip .", "help with [-plant . you oaf -][+trip +]."],
  ["folk . you fool . you should know .", "folk . you should know .", "folk . [-you fool . -]you should know ."],
  ["folk . you should know .", "folk . you fool . you should know .", "folk . [+you fool . +]you should know ."],
  ["It is so. I like tea.", "It is so. I like jam. I like tea.", "It is so. [+I like jam. +]I like tea."],
  ["Go home, now. Please.", "Go home. Please.", "Go home[-, now-]. Please."],
  // One word that stayed between two phrases that went is part of the change.
  [
    "keep this: one two stays three four at the end here",
    "keep this: five six stays seven eight at the end here",
    "keep this: [-one two stays three four -][+five six stays seven eight +]at the end here",
  ],
  ["港は静かです。今日", "港は静かです。明日", "港は静かです。[-今-][+明+]日"],
  ["line one\nline two\n", "line one\nline three\n", "line one\nline [-two\n-][+three\n+]"],
])("changes from %j to %j", (before, after, shown) => {
  expect(show(changesOf(before, after))).toBe(shown);
});

test("two texts that share next to nothing are two texts", () => {
  expect(changesOf("the clerks are noisy and late", "i will not help with any of it")).toBeUndefined();
  expect(changesOf("", "a new answer")).toBeUndefined();
});

test("words come back as the text", () => {
  for (const text of ["  two  spaces\tand\n\nlines ", "don’t stop-gap: 3.5 %", "混ぜ mixed 文字", "👩‍🚀 émigré"]) {
    expect(wordsOf(text).join("")).toBe(text);
  }
});

test("beyond 4,000 words sentences are compared, and a difference that takes long is given up", () => {
  const long = Array.from({ length: 900 }, (_, n) => `Sentence number ${n} of the text.`).join(" ");
  const changes = changesOf(long, long.replace("number 450", "number none"));
  expect(changes?.filter(({ kind }) => kind !== "same").map(({ text }) => text)).toEqual([
    "Sentence number 450 of the text. ",
    "Sentence number none of the text. ",
  ]);
  const [odd, even] = [0, 1].map((rest) =>
    Array.from({ length: 40_000 }, (_, n) => (n % 3 === 0 ? "x" : `w${2 * n + rest}`)).join(". "),
  );
  const started = performance.now();
  expect(changesOf(odd ?? "", even ?? "")).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(2000);
});
