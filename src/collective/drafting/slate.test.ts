import { describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import type { VoteEvent } from "../votes.ts";
import { readBallots } from "./ballots.ts";
import { chooseSlate, findUnrepresented } from "./slate.ts";
import { weightsOf } from "./weights.ts";

/** `count` voters who agree with these statements and disagree with all others. */
interface Bloc {
  readonly count: number;
  readonly approves: readonly string[];
}

function votesOf(statements: readonly string[], blocs: readonly Bloc[]): VoteEvent[] {
  return blocs.flatMap(({ count, approves }, bloc) =>
    Array.from({ length: count }, (_, index) =>
      statements.map(
        (statement): VoteEvent => ({
          participant: `${bloc}-${String(index).padStart(3, "0")}`,
          statement,
          vote: approves.includes(statement) ? "agree" : "disagree",
          at: 0,
        }),
      ),
    ).flat(),
  );
}

const slateOf = (statements: readonly string[], votes: readonly VoteEvent[], size: number, seed = 1) =>
  chooseSlate(statements, readBallots({ votes }, { positions: [] }), { size, seed, unseen: "nothing" });

describe("a slate", () => {
  const statements = ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3"];
  const [a, b] = [statements.slice(0, 5), statements.slice(5)];

  // D'Hondt by hand: 60, 30, 20, 15 … against 40, 20, 13 1/3 …
  test("gives two parties the seats of D'Hondt, and each seat its quotient", () => {
    const votes = votesOf(statements, [
      { count: 60, approves: a },
      { count: 40, approves: b },
    ]);
    const { seats, unrepresented } = slateOf(statements, votes, 5);
    expect(seats.map(({ gain }) => Math.round(gain * 1e9) / 1e9)).toEqual([60, 40, 30, 20, 20]);
    expect(seats.filter(({ statement }) => b.includes(statement))).toHaveLength(2);
    expect(unrepresented).toEqual([]);
  });

  test("gives a minority of one in five its fifth seat, where a ranking by approval gives it none", () => {
    const votes = votesOf(statements, [
      { count: 81, approves: a },
      { count: 19, approves: b },
    ]);
    const seatsOfMinority = (size: number) =>
      slateOf(statements, votes, size).seats.filter(({ statement }) => b.includes(statement)).length;
    // 81, 40.5, 27, 20.25, 19 | 16.2
    expect([4, 5].map(seatsOfMinority)).toEqual([0, 1]);
  });

  // Thiele's rule by hand: 5 for x; then y weighs 3/2 + 2 = 3.5, z 3.
  test("counts whoever has a seat already for half", () => {
    const votes = votesOf(
      ["x", "y", "z"],
      [
        { count: 3, approves: ["x", "y"] },
        { count: 2, approves: ["x"] },
        { count: 2, approves: ["y"] },
        { count: 3, approves: ["z"] },
      ],
    );
    const { seats } = slateOf(["z", "y", "x"], votes, 3);
    // x and y tie at 5: the other one has 3/2 + 2 = 3.5 then, more than z's 3.
    expect(seats.map(({ gain }) => gain)).toEqual([5, 3.5, 3]);
    expect(seats[2]?.statement).toBe("z");
  });

  test("says which part of the public it passed over", () => {
    const votes = votesOf(
      ["x", "y"],
      [
        { count: 6, approves: ["x"] },
        { count: 5, approves: ["y"] },
      ],
    );
    // Two seats of eleven voters are 5.5 each: five are too few. Of three seats they would be enough, were there a seat for them.
    expect(slateOf(["x", "y"], votes, 1).unrepresented).toEqual([]);
    const ballots = readBallots({ votes }, { positions: [] });
    expect(findUnrepresented([{ statement: "x" }], ["y"], ballots, 2)).toEqual([]);
    expect(findUnrepresented([{ statement: "x" }], ["y"], ballots, 3)).toEqual([{ statement: "y", voters: 5 }]);
  });

  test("is the same for every order of votes and candidates; ties go by the seed", () => {
    const votes = votesOf(statements, [
      { count: 30, approves: a },
      { count: 30, approves: b },
    ]);
    const expected = slateOf(statements, votes, 6);
    for (const round of [1, 2, 3]) {
      const random = rng(round, "order");
      expect(slateOf(random.shuffle(statements), random.shuffle(votes), 6)).toEqual(expected);
    }
    const others = [2, 3, 4, 5].map((seed) => slateOf(statements, votes, 6, seed).seats.map((seat) => seat.statement));
    expect(others.some((seats) => seats.join() !== expected.seats.map((seat) => seat.statement).join())).toBe(true);
  });

  // Of 10 + 10, only the first half of each bloc saw "late": share of the group (5 + 1) / (5 + 2) stands for the rest.
  test("lets the group's share stand for whoever did not see a statement", () => {
    const votes = votesOf(["early"], [{ count: 10, approves: [] }]).concat(
      votesOf(["late"], [{ count: 5, approves: ["late"] }]),
    );
    const ballots = readBallots({ votes }, { positions: [] });
    const { seats } = chooseSlate(["late", "early"], ballots, { size: 1, seed: 1 });
    expect(seats).toEqual([{ statement: "late", gain: expect.closeTo(5 + 5 * (6 / 7), 12) }]);
  });
});

test("weights have mean 1: uniform, by the lower bound, by the slate", () => {
  const principles = [
    { lower: 0.9, gain: 60 },
    { lower: 0.6, gain: 30 },
  ];
  expect(weightsOf(principles, "uniform")).toEqual([1, 1]);
  expect(weightsOf(principles, "lower-bound")).toEqual([1.2, 0.8]);
  expect(weightsOf(principles, "slate")).toEqual([1.333, 0.667]);
  expect(weightsOf([{ lower: 0 }, { lower: 0 }], "lower-bound")).toEqual([1, 1]);
  expect(weightsOf([], "slate")).toEqual([]);
});
