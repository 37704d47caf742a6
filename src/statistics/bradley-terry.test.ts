import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import { davidsonReference, halfReference, halfReferenceErrors } from "./bradley-terry.reference.test-support.ts";
import { type BradleyTerry, bradleyTerry, eloPerNat, type Game } from "./index.ts";

/** The games of the reference fits: s ← 1664525 s + 1013904223 mod 2³². */
function referenceGames(players: number, count: number): Game[] {
  let s = 12345;
  const next = (): number => {
    s = (Math.imul(1664525, s) + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
  return Array.from({ length: count }, (): Game => {
    const i = Math.floor(next() * players);
    const j = (i + 1 + Math.floor(next() * (players - 1))) % players;
    const u = next();
    const p = 1 / (1 + Math.exp((-3 * (i - j)) / players));
    return { first: `${i}`, second: `${j}`, score: u < 0.1 ? 0.5 : (u - 0.1) / 0.9 < p ? 1 : 0 };
  });
}

const eloOf = ({ ratings }: BradleyTerry): number[] =>
  [...ratings].sort((a, b) => Number(a.player) - Number(b.player)).map(({ elo }) => elo);

describe("Bradley–Terry", () => {
  const games = referenceGames(50, 100_000);

  it("equals a reference fit of 50 players over 100,000 games to 1e-6", () => {
    const fit = bradleyTerry(games, { anchor: "0" });
    for (const [i, elo] of eloOf(fit).entries()) expect(Math.abs(elo - (halfReference[i] ?? 0))).toBeLessThan(1e-6);
    for (const [i, error] of halfReferenceErrors.entries()) {
      expect(fit.ratings.find(({ player }) => player === `${i + 1}`)?.standardError).toBeCloseTo(error, 6);
    }
  });

  it("fits them in a second", () => {
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      bradleyTerry(games);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(1000);
  });

  it("with Davidson's ties equals a reference fit to 1e-6", () => {
    const fit = bradleyTerry(games, { anchor: "0", ties: "davidson" });
    for (const [i, elo] of eloOf(fit).entries())
      expect(Math.abs(elo - (davidsonReference.elo[i] ?? 0))).toBeLessThan(1e-6);
    expect(fit.tieParameter).toBeCloseTo(davidsonReference.nu, 8);
  });

  it("does not depend on the order of the games, nor on which side is named first", () => {
    const few = games.slice(0, 4000);
    const swapped = few.map(
      ({ first, second, score }): Game => ({
        first: second,
        second: first,
        score: score === 0.5 ? 0.5 : score === 1 ? 0 : 1,
      }),
    );
    const fit = eloOf(bradleyTerry(few, { anchor: "0" }));
    for (const other of [rng(1).shuffle(few), swapped]) {
      for (const [i, elo] of eloOf(bradleyTerry(other, { anchor: "0" })).entries())
        expect(elo).toBeCloseTo(fit[i] ?? 0, 8);
    }
  });

  it("gives two players the log odds and their textbook error", () => {
    const fit = bradleyTerry(
      Array.from({ length: 40 }, (_, i): Game => ({ first: "a", second: "b", score: i < 30 ? 1 : 0 })),
    );
    const lead = fit.difference("a", "b");
    expect(lead.estimate).toBeCloseTo(eloPerNat * Math.log(3), 10);
    expect(lead.standardError).toBeCloseTo(eloPerNat * Math.sqrt(1 / 30 + 1 / 10), 10);
    expect(fit.ratings.map(({ elo }) => elo)).toEqual(
      [lead.estimate / 2, -lead.estimate / 2].map((v) => expect.closeTo(v, 10)),
    );
  });

  it("differences are the same from every anchor", () => {
    const few = games.slice(0, 4000);
    const [one, other] = [bradleyTerry(few, { anchor: "3" }), bradleyTerry(few)];
    expect(one.difference("7", "12").estimate).toBeCloseTo(other.difference("7", "12").estimate, 8);
    expect(one.difference("7", "12").standardError).toBeCloseTo(other.difference("7", "12").standardError, 8);
  });

  it("clusters of repeated games widen the interval as if each cluster were one game", () => {
    const score = (i: number): 0 | 1 => (i % 3 === 0 ? 0 : 1);
    const once = Array.from(
      { length: 60 },
      (_, i): Game => ({ first: "a", second: "b", score: score(i), cluster: `${i}` }),
    );
    const fivefold = once.flatMap((game) => [game, game, game, game, game]);
    const single = bradleyTerry(once).difference("a", "b");
    const clustered = bradleyTerry(fivefold).difference("a", "b");
    const naive = bradleyTerry(fivefold, { clustered: false }).difference("a", "b");
    expect(clustered.standardError).toBeCloseTo(single.standardError, 8);
    expect(naive.standardError).toBeLessThan(single.standardError / 2);
    expect(clustered.n).toBe(60);
  });

  it.each(["half", "davidson"] as const)(
    "games that are clusters of their own widen it by C/(C − 1) alone: %s",
    (ties) => {
      const scores = [1, 1, 1, 1, 1, 0, 0, ...(ties === "half" ? [] : ([0.5, 0.5, 0.5] as const))] as const;
      const games = scores.map((score, i): Game => ({ first: "a", second: "b", score, cluster: `${i}` }));
      // With a parameter for every frequency the gradients' squares sum to the information.
      const robust = bradleyTerry(games, { ties }).difference("a", "b").standardError;
      const plain = bradleyTerry(games, { ties, clustered: false }).difference("a", "b").standardError;
      expect(robust / plain).toBeCloseTo(Math.sqrt(games.length / (games.length - 1)), 8);
    },
  );

  it("counts each player's games, and compares nobody who did not play", () => {
    const played: Game[] = [
      { first: "a", second: "b", score: 1 },
      { first: "b", second: "a", score: 1 },
      { first: "b", second: "c", score: 0.5 },
    ];
    const fit = bradleyTerry(played);
    expect(fit.ratings.map(({ player, games: own }) => [player, own])).toEqual([
      ["a", 2],
      ["b", 3],
      ["c", 1],
    ]);
    expect(fit).toMatchObject({ games: 3, ties: 1 });
    expect(fit.difference("a", "b").estimate).toBeCloseTo(0, 9);
    for (const [one, other] of [
      ["a", "nobody"],
      ["nobody", "a"],
    ] as const) {
      expect(() => fit.difference(one, other)).toThrowError(expect.objectContaining({ code: "input-invalid" }));
    }
  });

  it("names players who cannot be rated, and rates them with a prior", () => {
    const sweep: Game[] = [
      { first: "a", second: "b", score: 1 },
      { first: "b", second: "c", score: 1 },
      { first: "c", second: "b", score: 1 },
    ];
    expect(() => bradleyTerry(sweep)).toThrowError(/a against b, c|b, c against a/);
    const { ratings } = bradleyTerry(sweep, { prior: 1 });
    expect(ratings.every(({ elo, standardError }) => Number.isFinite(elo) && Number.isFinite(standardError))).toBe(
      true,
    );
  });

  it.each([
    ["no games", [], {}, "not-enough-evidence"],
    ["a player against itself", [{ first: "a", second: "a", score: 1 }], {}, "input-invalid"],
    [
      "ties only, with a tie parameter",
      [{ first: "a", second: "b", score: 0.5 }],
      { ties: "davidson" },
      "not-enough-evidence",
    ],
    ["an unknown anchor", [{ first: "a", second: "b", score: 0.5 }], { anchor: "z" }, "input-invalid"],
    ["one cluster", [{ first: "a", second: "b", score: 0.5, cluster: "x" }], {}, "not-enough-evidence"],
  ] as const)("refuses %s", (_, list, options, code) => {
    expect(() => bradleyTerry(list, options)).toThrowError(expect.objectContaining({ code }));
  });
});
