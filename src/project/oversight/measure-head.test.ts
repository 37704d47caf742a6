import { expect, test } from "vitest";
import { holdOutSteps } from "./measure-head.ts";

test("no response to a prompt is held out whose others are learned from, and few prompts are all learned from", () => {
  const answers = (prompts: number) =>
    Array.from({ length: 3 * prompts }, (_, index) => ({
      id: `${index}`,
      prompt: `q${index % prompts}`,
      steps: ["a"],
    }));
  const { learned, heldOut } = holdOutSteps(answers(40), 1);
  expect([learned.length, heldOut.length]).toEqual([108, 12]);
  const known = new Set(learned.map(({ prompt }) => prompt));
  expect(heldOut.filter(({ prompt }) => known.has(prompt))).toEqual([]);
  expect(holdOutSteps(answers(39), 1).heldOut).toEqual([]);
});
