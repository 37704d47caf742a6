import { describe, expect, it } from "vitest";
import { Rejections } from "./rejections.ts";

/** Counts `calls` calls of which `rejected` are rejected, evenly; what was said that is not undefined. */
function count(rejections: Rejections, calls: number, rejected: number, limit: number): number[] {
  const said: number[] = [];
  let due = 0;
  for (let call = 0; call < calls; call++) {
    due += rejected / calls;
    const isRejected = due >= 1 - 1e-9;
    if (isRejected) due -= 1;
    const before = rejections.count(isRejected, limit);
    if (before !== undefined) said.push(before);
  }
  return said;
}

describe("Rejections", () => {
  it("tell the share of late: 3 % of the way with every call", () => {
    const rejections = new Rejections();
    rejections.count(true, 8);
    expect(rejections.share).toBeCloseTo(0.03, 12);
    rejections.count(false, 8);
    expect(rejections.share).toBeCloseTo(0.03 * 0.97, 12);
  });

  it("are load until half the limit was tried for 300 calls and still had a small share of them", () => {
    const rejections = new Rejections();
    expect(rejections.isByChance(100, false)).toBe(false);
    expect(count(rejections, 400, 12, 51)).toEqual([]);
    expect(count(rejections, 299, 9, 50)).toEqual([]);
    expect(count(rejections, 1, 0, 50)).toEqual([100]);
    expect(rejections.isByChance(100, false)).toBe(true);
  });

  it.each([
    [1, "one may be anything"],
    [31, "more than a tenth is never chance"],
  ])("stay load with %i of 300 at half the limit: %s", (rejected) => {
    const rejections = new Rejections();
    rejections.isByChance(100, false);
    expect(count(rejections, 300, rejected, 50)).toEqual([]);
    expect(rejections.isByChance(100, false)).toBe(false);
  });

  it.each([2, 30])("are chance with %i of 300 at half the limit", (rejected) => {
    const rejections = new Rejections();
    rejections.isByChance(100, false);
    expect(count(rejections, 300, rejected, 50)).toEqual([100]);
    expect(rejections.isByChance(100, false)).toBe(true);
  });

  it("are load again once they are many more", () => {
    const rejections = new Rejections();
    rejections.isByChance(100, false);
    expect(count(rejections, 300, 9, 50)).toEqual([100]);
    expect(count(rejections, 500, 15, 100)).toEqual([]);
    expect(rejections.isByChance(100, false)).toBe(true);
    count(rejections, 500, 60, 100);
    expect(rejections.isByChance(100, false)).toBe(false);
    // It is tried anew, from the limit of now.
    expect(count(rejections, 300, 9, 50)).toEqual([100]);
  });

  it("of an endpoint that says when to come back are never tried", () => {
    const rejections = new Rejections();
    rejections.isByChance(100, false);
    expect(rejections.isByChance(100, true)).toBe(false);
    expect(count(rejections, 600, 12, 40)).toEqual([]);
  });

  it("are tried at half of where cutting began, not of where it went on", () => {
    const rejections = new Rejections();
    rejections.isByChance(100, false);
    rejections.isByChance(60, false);
    expect(count(rejections, 300, 9, 50)).toEqual([100]);
  });
});
