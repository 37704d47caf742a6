import { expect, test } from "vitest";
import {
  isConcluded,
  prefixesOf,
  productOfSteps,
  sentenceForm,
  splitSteps,
  untilFirstError,
  wholeForm,
} from "./steps.ts";

test("a response falls into its steps, and they are the response again", () => {
  const form = { boundary: " (?=and )|(?<= \\.) ", separator: " ", until: "<rev>" };
  const steps = splitSteps("soup is food and the rule bars that . so it breaks the rule . <rev> no .", form);
  expect(steps).toEqual(["soup is food", "and the rule bars that .", "so it breaks the rule ."]);
  expect(prefixesOf(steps, form).at(-1)).toBe("soup is food and the rule bars that . so it breaks the rule .");
  expect(splitSteps("One. Two?\n\nThree", sentenceForm)).toEqual(["One.", "Two?", "Three"]);
  expect(splitSteps(" One. Two. ", wholeForm)).toEqual(["One. Two."]);
});

test("labels end with the first wrong step", () => {
  expect(untilFirstError([1, 0, 1, 0])).toEqual([1, 0, null, null]);
  expect(untilFirstError([1, null, 1])).toEqual([1, null, 1]);
});

test("the product of steps is the product of their probabilities", () => {
  expect(productOfSteps([0, 0])).toBe(0.25);
  expect(productOfSteps([Math.log(3), Math.log(4)])).toBeCloseTo(0.75 * 0.8, 12);
  expect(productOfSteps([-800])).toBe(0);
  expect(productOfSteps([])).toBe(0);
});

test("a response that was cut, or stops before its conclusion, is not concluded", () => {
  const form = { boundary: "(?<= \\.) ", separator: " ", until: "<rev>", last: "^so it (?:keeps|breaks) " };
  const whole = "the answer has offer . so it keeps the rule .";
  expect(isConcluded({ response: whole, finishReason: "stop" }, form)).toBe(true);
  expect(isConcluded({ response: whole, finishReason: "length" }, form)).toBe(false);
  expect(isConcluded({ response: `${whole} <rev> no`, finishReason: "length" }, form)).toBe(true);
  expect(isConcluded({ response: "the answer has offer .", finishReason: "stop" }, form)).toBe(false);
  expect(isConcluded({ response: "It is 4.", finishReason: "stop" }, sentenceForm)).toBe(true);
});
