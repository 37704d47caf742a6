import { expect, test } from "vitest";
import { SharedBeginning } from "./shared-beginning.ts";

const counter = { slack: 0, count: (prompt: unknown) => String(prompt).length };

test("counts whole blocks of what all prompts begin with, and nothing of none", () => {
  const shared = new SharedBeginning();
  expect(shared.tokens(counter)).toBe(0);
  const examples = "an example of a critique, and one of a revision. ";
  shared.add(`${examples}first`);
  shared.add(`${examples}second`);
  // 49 signs: three blocks of 16.
  expect([examples.length, shared.tokens(counter)]).toEqual([49, 48]);
  shared.add("another");
  expect(shared.tokens(counter)).toBe(0);
});

test("reads messages in order, roles too", () => {
  const shared = new SharedBeginning();
  const system = { role: "system", content: "Answer shortly and well." } as const;
  shared.add([system, { role: "user", content: "soup?" }]);
  shared.add([system, { role: "user", content: "bread?" }]);
  // "system\nAnswer shortly and well.\nuser\n" are 37 signs.
  expect(shared.tokens(counter)).toBe(32);
});
