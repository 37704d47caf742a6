import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { listStatements, RoutingTable } from "./routing.ts";

const tableOf = (weights: readonly number[], floor: number): RoutingTable =>
  new RoutingTable(listStatements(weights.map((_, i) => `s${i}`)), Float64Array.from(weights), floor);

/** What the draw should be, by the definition: floor / n + (1 - floor) weight / sum, over what is open. */
function expectedOf(weights: readonly number[], floor: number, seen: ReadonlySet<string>): Map<string, number> {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const open = weights
    .map((weight, i) => ({ statement: `s${i}`, p: floor / weights.length + ((1 - floor) * weight) / sum }))
    .filter(({ statement }) => !seen.has(statement));
  const mass = open.reduce((total, { p }) => total + p, 0);
  return new Map(open.map(({ statement, p }) => [statement, p / mass]));
}

/** Pearson's statistic of `n` draws, and its degrees of freedom. */
function chiSquare(table: RoutingTable, expected: ReadonlyMap<string, number>, seen: ReadonlySet<string>, n: number) {
  const random = rng(11, "routing");
  const counts = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const served = table.draw(random.next(), seen);
    if (served === undefined) throw new Error("nothing was drawn");
    counts.set(served.statement, (counts.get(served.statement) ?? 0) + 1);
  }
  expect([...counts.keys()].filter((statement) => !expected.has(statement))).toEqual([]);
  const statistic = [...expected].reduce(
    (sum, [statement, p]) => sum + ((counts.get(statement) ?? 0) - n * p) ** 2 / (n * p),
    0,
  );
  return { statistic, degrees: expected.size - 1 };
}

/** The 99.9 % quantile by Wilson and Hilferty 1931, z = 3.0902. */
const quantile = (degrees: number): number =>
  degrees * (1 - 2 / (9 * degrees) + 3.0902 * Math.sqrt(2 / (9 * degrees))) ** 3;

const random = rng(3, "weights");
const weights = Array.from({ length: 60 }, () => 0.2 + 12 * random.next() ** 3);

describe("the next statement", () => {
  test.each([
    [0, 0],
    [0.1, 0],
    [0.1, 35],
    [1, 20],
  ])("is drawn as the formula says: floor %d, %d seen", (floor, count) => {
    const seen = new Set(
      rng(5, "seen")
        .shuffle(weights.map((_, i) => `s${i}`))
        .slice(0, count),
    );
    const table = tableOf(weights, floor);
    const expected = expectedOf(weights, floor, seen);
    const { statistic, degrees } = chiSquare(table, expected, seen, 100_000);
    expect(statistic).toBeLessThan(quantile(degrees));
    expect(statistic).toBeGreaterThan(degrees / 3);
  });

  test("drawn uniformly where the formula says otherwise is found out by that test: a fault that Polis had for 16 months", () => {
    const uniform = tableOf(weights, 1);
    const { statistic, degrees } = chiSquare(uniform, expectedOf(weights, 0.1, new Set()), new Set(), 100_000);
    expect(statistic).toBeGreaterThan(10 * quantile(degrees));
  });

  test("comes with the probability of its draw", () => {
    const seen = new Set(["s3", "s14", "s15", "s16", "unknown"]);
    const table = tableOf(weights, 0.2);
    const expected = expectedOf(weights, 0.2, seen);
    for (let i = 0; i < 500; i++) {
      const served = table.draw(i / 500, seen);
      expect(served?.propensity).toBeCloseTo(expected.get(served?.statement ?? "") ?? Number.NaN, 12);
    }
  });

  test("is never starved below the floor", () => {
    const table = tableOf([1e9, 1e-9], 0.1);
    expect(table.draw(0.9999999, [])).toEqual({ statement: "s1", propensity: expect.closeTo(0.05, 9) });
    expect(table.draw(0.5, ["s0"])?.statement).toBe("s1");
    expect(table.draw(0.5, ["s0", "s1"])).toBeUndefined();
    expect(table.countOpen(["s0", "s2"])).toBe(1);
    expect(tableOf([], 0.1).draw(0, [])).toBeUndefined();
  });

  test("can be any of 20,000, the newest among them", () => {
    const table = tableOf(
      Array.from({ length: 20_000 }, () => 1),
      0.1,
    );
    expect(table.draw(1 - 2 ** -32, [])?.statement).toBe("s19999");
    const all = Array.from({ length: 20_000 }, (_, i) => `s${i}`);
    for (const left of [0, 777, 19_999]) {
      const seen = all.filter((_, i) => i !== left);
      for (const u of [0, 0.5, 1 - 2 ** -32])
        expect(table.draw(u, seen)).toEqual({ statement: `s${left}`, propensity: expect.closeTo(1, 6) });
    }
  });

  test.each([0, -1, Number.NaN, Infinity])("refuses a weight of %d, as a floor that is none", (weight) => {
    expect(() => tableOf([1, weight], 0.1)).toThrow(RangeError);
    expect(() => tableOf([], 1.5)).toThrow(RangeError);
  });
});
