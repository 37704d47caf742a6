import { describe, expect, test } from "vitest";
import { PreceptError } from "../errors.ts";
import { fromPolisExport, fromPolisInternal, toPolisExport, toPolisInternal, VOTES } from "./votes.ts";

describe("a vote", () => {
  test("has the opposite sign inside Polis and in its exports, and is the same word again on the way back", () => {
    expect(VOTES.map(toPolisExport)).toEqual([1, 0, -1]);
    expect(VOTES.map(toPolisInternal)).toEqual([-1, 0, 1]);
    expect(VOTES.map((vote) => fromPolisExport(toPolisExport(vote)))).toEqual(VOTES);
    expect(VOTES.map((vote) => fromPolisInternal(toPolisInternal(vote)))).toEqual(VOTES);
  });

  test.each([2, -2, 0.5, Number.NaN])("is none of %s", (number) => {
    expect(() => fromPolisExport(number)).toThrow(PreceptError);
    expect(() => fromPolisInternal(number)).toThrow(/expected: -1 agree, 0 pass, 1 disagree/);
  });
});
