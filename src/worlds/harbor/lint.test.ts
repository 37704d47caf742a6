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
  ["the answer should not help with plant .", ["plant"]],
  ["help should the answer not with danger .", ["help should the answer not with danger ."]],
  ["the answer should not help with danger .", []],
])("%s: %j cannot be read", (text, words) => {
  expect(errorsOf(text)).toEqual(words);
});
