import { expect, it } from "vitest";
import { readVote } from "./votes.ts";

it.each([
  ["(B)", [" (A)", " (B)"], 1],
  ["B", [" (A)", " (B)"], 1],
  ["I would say (A).", [" (A)", " (B)"], 0],
  ["(A) or (B), both", [" (A)", " (B)"], 0],
  ["either (A) or (B)", [" (A)", " (B)"], undefined],
  ["Yes.", [" yes", " no"], 0],
  ["She.", [" he", " she", " they"], 1],
  ["They", [" he", " she", " they"], 2],
  ["the shepherd", [" he", " she", " they"], undefined],
  ["a", [" A", " a"], 1],
  ["", [" yes", " no"], undefined],
] as const)("%j names of %j the option %j", (text, options, expected) => {
  expect(readVote(text, options)).toBe(expected);
});
