import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { hasPolisData, polisData } from "../polis/gold.test-support.ts";
import { groupAwareConsensus } from "../shares.ts";
import { geometricMeanOf } from "./posterior.ts";

const nobody = { successes: 0, trials: 0 };

describe("the posterior of what all groups share", () => {
  test("of one group that all agree is Beta(n + 1, 1): P(θ ≥ t) = 1 - t^(n + 1)", () => {
    const { estimate, lower, probability } = geometricMeanOf([{ successes: 9, trials: 9 }], 0.8, 0.05);
    expect(estimate).toBeCloseTo(10 / 11, 12);
    expect(probability).toBeCloseTo(1 - 0.8 ** 10, 3);
    expect(lower).toBeCloseTo(0.05 ** (1 / 10), 3);
  });

  test("of two groups without votes is that of √(U V): P(U V ≥ t²) = 1 - t² + t² ln t²", () => {
    const { probability } = geometricMeanOf([nobody, nobody], 0.5, 0.05);
    expect(Math.abs(probability - (1 - 0.25 + 0.25 * Math.log(0.25)))).toBeLessThan(1e-3);
  });

  test("of three groups without votes: P(U V W ≥ c) = 1 - c (1 - ln c + ln² c / 2)", () => {
    const cube = 0.4 ** 3;
    const { probability } = geometricMeanOf([nobody, nobody, nobody], 0.4, 0.05);
    const exact = 1 - cube * (1 - Math.log(cube) + Math.log(cube) ** 2 / 2);
    expect(Math.abs(probability - exact)).toBeLessThan(2e-3);
  });

  test("does not depend on the order of the groups, nor shrink with their number", () => {
    const groups = [12, 30, 44].map((successes) => ({ successes, trials: 50 }));
    const once = geometricMeanOf(groups, 0.5, 0.05);
    const again = geometricMeanOf([...groups].reverse(), 0.5, 0.05);
    expect(again.probability).toBeCloseTo(once.probability, 3);
    const alike = { successes: 45, trials: 50 };
    expect(geometricMeanOf([alike, alike, alike, alike, alike], 0.5, 0.05).estimate).toBeCloseTo(46 / 52, 12);
  });

  test("narrows with votes", () => {
    const widths = [10, 100, 1000].map((trials) => {
      const group = { successes: 0.8 * trials, trials };
      const { lower, upper } = geometricMeanOf([group, group], 0.5, 0.05);
      return upper - lower;
    });
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(widths[2]).toBeLessThan(0.04);
  });
});

/** None where the data are not: the body of a skipped suite is run all the same. */
function readCounts(): Record<string, string>[] {
  const path = join(polisData, "ccai-aggregates/ccai_group_counts.csv");
  return existsSync(path) ? parse(readFileSync(path, "utf8"), { columns: true }) : [];
}

describe.skipIf(!hasPolisData())("the 275 statements of Collective Constitutional AI", () => {
  const rows = readCounts();
  const groups = rows.map((row) =>
    ["g0", "g1"].map((group) => {
      const [agrees, disagrees, passes] = ["agree", "disagree", "pass"].map((vote) => Number(row[`${group}_${vote}`]));
      return {
        agrees: agrees as number,
        disagrees: disagrees as number,
        votes: (agrees as number) + (disagrees as number) + (passes as number),
      };
    }),
  );
  const chosen = groups.filter((tallies) => groupAwareConsensus(tallies) >= 0.723);

  test("at 0.723 are 96, of which 41 truly exceed it with 95 %, in whole percents; 39 of them with 0.95 or more", () => {
    expect(rows).toHaveLength(275);
    expect(chosen).toHaveLength(96);
    const probabilities = groups.map((tallies) => {
      const counts = tallies.map(({ agrees, votes }) => ({ successes: agrees, trials: votes }));
      return geometricMeanOf(counts, Math.sqrt(0.723), 0.05).probability;
    });
    const isChosen = groups.map((tallies) => groupAwareConsensus(tallies) >= 0.723);
    const countChosen = (is: boolean, passes: (p: number) => boolean): number =>
      probabilities.filter((p, i) => isChosen[i] === is && passes(p)).length;
    expect(countChosen(true, (p) => Math.round(100 * p) >= 95)).toBe(41);
    // By quadrature in 15 digits the fortieth and the next have 0.94971 and 0.94880.
    expect(countChosen(true, (p) => p >= 0.95)).toBe(39);
    expect(countChosen(true, (p) => p < 0.6)).toBe(11);
    expect(countChosen(false, (p) => p >= 0.3)).toBe(34);
  });
});
