import { describe, expect, it } from "vitest";
import {
  bradleyTerry,
  clopperPearson,
  designEffect,
  eloToProbability,
  type Game,
  probabilityToElo,
  sampleSizeDiscordant,
  sampleSizeUnpaired,
  wilson,
} from "./index.ts";

// Values computed independently, to the printed digit: Wilson 1927, Clopper & Pearson 1934, Miller 2024, Bradley & Terry 1952.
describe("the golden table", () => {
  it.each([
    [17, 20, "0.6396", "0.9476"],
    [5, 5, "0.5655", "1.0000"],
    [0, 50, "0.0000", "0.0713"],
    [850, 1000, "0.8265", "0.8708"],
  ])("Wilson %i/%i", (successes, n, low, high) => {
    const rate = wilson(successes, n);
    expect([rate.low.toFixed(4), rate.high.toFixed(4)]).toEqual([low, high]);
  });

  it("no failure seen: Clopper–Pearson, one-sided", () => {
    expect(clopperPearson(0, 50, { sided: "upper" }).high.toFixed(4)).toBe("0.0582");
  });

  it("design effect", () => {
    expect(designEffect(4, 0.5)).toBe(2.5);
  });

  it("sample sizes for a 3-point difference at 80 % power", () => {
    expect(Math.round(sampleSizeDiscordant(0.03, 0.2))).toBe(1736);
    expect(Math.ceil(sampleSizeUnpaired(0.03, 0.5))).toBe(4361);
  });

  it("Elo and probability", () => {
    expect(eloToProbability(100).toFixed(4)).toBe("0.6401");
    expect(probabilityToElo(0.6).toFixed(1)).toBe("70.4");
    expect(probabilityToElo(0.75).toFixed(1)).toBe("190.8");
  });

  it("Bradley–Terry with its errors", () => {
    const games = (first: string, second: string, wins: number): Game[] =>
      Array.from({ length: 100 }, (_, i) => ({ first, second, score: i < wins ? 1 : 0 }));
    const { ratings } = bradleyTerry([...games("A", "B", 60), ...games("B", "C", 55), ...games("A", "C", 70)], {
      anchor: "C",
    });
    expect(ratings.map(({ player, elo, standardError }) => [player, elo.toFixed(1), standardError.toFixed(1)])).toEqual(
      [
        ["A", "132.0", "29.9"],
        ["B", "48.0", "29.0"],
        ["C", "0.0", "0.0"],
      ],
    );
  });
});
