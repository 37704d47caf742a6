import fc from "fast-check";
import { expect, test } from "vitest";
import { massesFromForks, pathsOf } from "./token-paths.ts";

test("options are cut where the first of them parts from the prompt, and go on place by place", () => {
  // prompt 1 2 3; the first option's reading swallows the 3.
  const paths = pathsOf(
    [1, 2, 3],
    [
      [1, 2, 9],
      [1, 2, 3, 4],
      [1, 2, 3, 5, 6],
    ],
  );
  expect(paths.shared).toEqual([1, 2]);
  expect(paths.tails).toEqual([[9], [3, 4], [3, 5, 6]]);
  expect(paths.forks).toEqual([
    { path: [], tokens: [9, 3] },
    { path: [3], tokens: [4, 5] },
    { path: [3, 5], tokens: [6] },
  ]);
  const logs = (...entries: [number, number][]) => new Map(entries.map(([id, p]) => [id, Math.log(p)]));
  const masses = massesFromForks(paths, [logs([9, 0.2], [3, 0.5]), logs([4, 0.25], [5, 0.5]), logs([6, 0.1])]);
  expect(masses[0]).toBeCloseTo(0.2, 12);
  expect(masses[1]).toBeCloseTo(0.125, 12);
  expect(masses[2]).toBeCloseTo(0.025, 12);
});

test("an option that begins another has the mass of its own tokens, and an empty one all of it", () => {
  const paths = pathsOf([1], [[1, 2], [1, 2, 3], [1]]);
  const masses = massesFromForks(paths, [new Map([[2, Math.log(0.5)]]), new Map([[3, Math.log(0.5)]])]);
  expect(masses.map((mass) => Math.round(mass * 1e9) / 1e9)).toEqual([0.5, 0.25, 1]);
});

test("the order of the options changes nothing, and every tail is a path through forks", () => {
  const ids = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 });
  fc.assert(
    fc.property(ids, fc.array(ids, { minLength: 1, maxLength: 4 }), (prompt, tails) => {
      const wholes = tails.map((tail) => [...prompt, ...tail]);
      // Any function of what was said before: the same question has the same answer.
      const ask = ({ path, tokens }: { path: readonly number[]; tokens: readonly number[] }) =>
        new Map(tokens.map((token) => [token, -0.1 * (1 + token) - path.length]));
      const weigh = (some: readonly (readonly number[])[]): number[] => {
        const paths = pathsOf(prompt, some);
        return massesFromForks(paths, paths.forks.map(ask));
      };
      const masses = weigh(wholes);
      expect(weigh(wholes.toReversed())).toEqual(masses.toReversed());
      expect(masses.every((mass) => mass > 0)).toBe(true);
    }),
    { seed: 1 },
  );
});
