import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Counts } from "./analysis.ts";
import { countShown, rasterise, suppressCounts } from "./suppression.ts";

const count = (agree: number, pass = 0, disagree = 0): Counts => ({ agree, pass, disagree });
const totalOf = ({ agree, pass, disagree }: Counts): number => agree + pass + disagree;

describe("counts", () => {
  test("of too few people are left out, and with them what would give them away", () => {
    expect(suppressCounts(count(3), [count(3)], 5)).toEqual({ all: null, groups: [null] });
    // 20 in all minus 12 and 6 would tell of the two.
    expect(suppressCounts(count(20), [count(12), count(6), count(2)], 5).groups).toEqual([count(12), null, null]);
    // Three of no group hide the two.
    expect(suppressCounts(count(23), [count(12), count(6), count(2)], 5).groups).toEqual([count(12), count(6), null]);
    expect(suppressCounts(count(18), [count(12), count(6)], 5).groups).toEqual([count(12), count(6)]);
  });

  test("are never of fewer people than a cell holds, nor can such be had by subtracting", () => {
    const cell = fc.record({ agree: fc.nat(8), pass: fc.nat(4), disagree: fc.nat(8) });
    const check = fc.property(
      fc.array(cell, { maxLength: 5 }),
      cell,
      fc.integer({ min: 3, max: 9 }),
      (groups, rest, smallest) => {
        const sum = (key: keyof Counts): number => [...groups, rest].reduce((total, counts) => total + counts[key], 0);
        const { all, groups: shown } = suppressCounts(
          count(sum("agree"), sum("pass"), sum("disagree")),
          groups,
          smallest,
        );
        for (const counts of [all, ...shown])
          if (counts !== null) expect(totalOf(counts)).toBeGreaterThanOrEqual(smallest);
        if (all === null) return;
        const left = totalOf(all) - shown.reduce((total, counts) => total + (counts === null ? 0 : totalOf(counts)), 0);
        const isAnyHidden = groups.some((counts, i) => shown[i] === null && totalOf(counts) > 0);
        if (isAnyHidden) expect(left).toBeGreaterThanOrEqual(smallest);
      },
    );
    fc.assert(check, { seed: 1, numRuns: 500 });
  });
});

describe("all beside the groups", () => {
  test("leave out the few of no group, and so no group hides them", () => {
    expect(countShown(count(20), [count(10), count(7)], 5)).toEqual({ all: count(17), groups: [count(10), count(7)] });
    // Five may be told, and a group that is too small hides with whoever is in none.
    expect(countShown(count(22), [count(10), count(7)], 5).all).toEqual(count(22));
    expect(countShown(count(16), [count(10), count(3)], 5)).toEqual({ all: count(16), groups: [count(10), null] });
    expect(countShown(count(4), [], 5)).toEqual({ all: null, groups: [] });
  });

  test("less all groups that are shown are nobody, or as many as a cell holds", () => {
    const cell = fc.record({ agree: fc.nat(8), pass: fc.nat(4), disagree: fc.nat(8) });
    const check = fc.property(
      fc.array(cell, { minLength: 1, maxLength: 5 }),
      cell,
      fc.integer({ min: 3, max: 9 }),
      (groups, rest, smallest) => {
        const sum = (vote: keyof Counts): number =>
          [...groups, rest].reduce((total, counts) => total + counts[vote], 0);
        const everybody = count(sum("agree"), sum("pass"), sum("disagree"));
        const { all, groups: shown } = countShown(everybody, groups, smallest);
        for (const counts of [all, ...shown])
          if (counts !== null) expect(totalOf(counts)).toBeGreaterThanOrEqual(smallest);
        if (all === null) return;
        const left = totalOf(all) - shown.reduce((total, counts) => total + (counts === null ? 0 : totalOf(counts)), 0);
        expect(left === 0 || left >= smallest).toBe(true);
      },
    );
    fc.assert(check, { seed: 1, numRuns: 500 });
  });
});

describe("the map", () => {
  test("shows nobody alone, everybody of a group that is large enough but for the last few, and no small group", () => {
    const point = fc.record({
      x: fc.double({ min: -2, max: 2, noNaN: true }),
      y: fc.double({ min: -2, max: 2, noNaN: true }),
      group: fc.constantFrom(0, 1, null),
    });
    const check = fc.property(
      fc.array(point, { maxLength: 80 }),
      fc.integer({ min: 3, max: 9 }),
      (points, smallest) => {
        const cells = rasterise(points, 2, smallest);
        for (const { people } of cells) expect(people).toBeGreaterThanOrEqual(smallest);
        for (const [group, members] of Map.groupBy(points, (it) => it.group)) {
          const shown = cells.filter((cell) => cell.group === group).reduce((sum, { people }) => sum + people, 0);
          expect(members.length - shown).toBeLessThan(smallest);
        }
      },
    );
    fc.assert(check, { seed: 1, numRuns: 300 });
  });

  test("puts people where they stand on average", () => {
    const at = (x: number): { x: number; y: number; group: number } => ({ x, y: x / 2, group: 0 });
    const cells = rasterise([1, 1.1, 1.2, -1, -1, -1].map(at), 2, 3);
    expect(cells).toEqual([
      { x: -0.5, y: -0.25, group: 0, people: 3 },
      { x: expect.closeTo(0.55, 9), y: expect.closeTo(0.275, 9), group: 0, people: 3 },
    ]);
    expect(rasterise([at(0), at(0), at(0)], 0, 3)).toEqual([{ x: 0, y: 0, group: 0, people: 3 }]);
  });
});
