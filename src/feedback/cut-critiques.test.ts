import { expect, it } from "vitest";
import { cutToSentence } from "./cut-critiques.ts";

it.each([
  ["It insults. It also gives", "It insults."],
  ["It insults. It lies.", "It insults. It lies."],
  ['It says "never!" And then', 'It says "never!"'],
  ["- it insults\n- it lies\n- it thr", "- it insults\n- it lies"],
  ["It has faults:\n1. It insults.\n2.", "It has faults:\n1. It insults."],
  ["这不好。而且", "这不好。"],
  ["It insults the hu", undefined],
  ["", undefined],
])("cuts %j back to %j", (text, expected) => {
  expect(cutToSentence(text)).toBe(expected);
});
