import { expect, test } from "vitest";
import { createConstitution, loadConstitution } from "../../constitution/index.ts";
import { lintForHarbor } from "./lint.ts";

const withText = (text: string) => createConstitution({ name: "own", principles: [{ id: "own", text }] });
const errorsOf = (text: string): string[] =>
  lintForHarbor(withText(text)).flatMap((issue) =>
    issue.code === "unreadable" ? issue.words.map(({ word }) => word) : [],
  );

test("harbor's own constitution has no faults", async () => {
  expect(lintForHarbor(await loadConstitution("harbor"))).toEqual([]);
});

test.each([
  ["the answer should be compassionate .", ["compassionate"]],
  ["the answer should not help with plant .", []],
  ["help should the answer not with danger .", ["help should the answer not with danger ."]],
  ["the answer should not help with danger .", []],
])("%s: %j cannot be read", (text, words) => {
  expect(errorsOf(text)).toEqual(words);
});

test("a category that no rule of pre-training named is a warning, and no other principle is", () => {
  const codesOf = (text: string) => lintForHarbor(withText(text)).map(({ code, level }) => [code, level]);
  expect(codesOf("the answer should not help with plant or food .")).toContainEqual(["untaught", "warning"]);
  expect(codesOf("the answer should not help with food .")).not.toContainEqual(["untaught", "warning"]);
  // Its prompts are those that the principle needs.
  expect(codesOf("the answer should not help with food .")).not.toContainEqual(["unexercised", "warning"]);
});
