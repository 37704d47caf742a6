import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { flagVoters } from "./flags.ts";
import { adjustedRand, consensusIn, weighFlagged } from "./sensitivity.ts";
import { simulateTown } from "./town.test-support.ts";
import type { Conversation, Vote, VoteEvent } from "./votes.ts";

const quick = { resamples: 8, shuffles: 19, cutOff: 0.6 };
const minute = 60_000;
/** Everybody takes a minute for a vote. */
const quiet = simulateTown({ seed: 5, people: 100, statements: 40, camps: 2, noise: 0.15, density: 0.7 });
const town = { ...quiet, votes: quiet.votes.map((event, i) => ({ ...event, at: i * minute })) };

function ballotOf(participant: string, vote: (statement: number) => Vote, at: (i: number) => number): VoteEvent[] {
  return Array.from({ length: 40 }, (_, j) => ({ participant, statement: `s${j}`, vote: vote(j), at: at(j) }));
}

describe("flags", () => {
  test("are on nobody in an honest town", () => {
    expect(flagVoters(town)).toEqual([]);
  });

  test("are on straight lines, bursts and copies, each by its name", () => {
    const random = rng(8);
    const ballot = Array.from({ length: 40 }, () => random.pick(["agree", "disagree"] as const));
    const votes = [
      ...town.votes,
      ...ballotOf(
        "no-to-all",
        () => "disagree",
        (i) => i * minute,
      ),
      ...ballotOf(
        "fast",
        (j) => (j % 3 === 0 ? "pass" : "agree"),
        (i) => i * 500,
      ),
      ...["copy-a", "copy-b", "copy-c"].flatMap((name, n) =>
        ballotOf(
          name,
          (j) => ballot[j] as Vote,
          (i) => (i + n) * minute,
        ),
      ),
    ];
    expect(flagVoters({ ...town, votes })).toEqual([
      { participant: "copy-a", flags: ["the same votes as others"] },
      { participant: "copy-b", flags: ["the same votes as others"] },
      { participant: "copy-c", flags: ["the same votes as others"] },
      { participant: "fast", flags: ["faster than reading"] },
      { participant: "no-to-all", flags: ["one answer to everything"] },
    ]);
  });

  test("are on nobody who agrees with everything where all do, nor where no times are known", () => {
    const agreed: Conversation = {
      statements: town.statements,
      votes: Array.from({ length: 20 }, (_, i) =>
        ballotOf(
          `p${i}`,
          () => "agree",
          () => 0,
        ),
      ).flat(),
    };
    expect(flagVoters(agreed)).toEqual([]);
  });
});

describe("the result without flagged voters", () => {
  test("of an honest town is the result", () => {
    const { everybody, unflagged, lost, gained, likeness } = weighFlagged(town, quick);
    expect(unflagged).toBe(everybody);
    expect([lost, gained, likeness]).toEqual([[], [], 1]);
  });

  test("stays what it was before a tenth of ballot-stuffers came", () => {
    const ballot = rng(2).shuffle(Array.from({ length: 40 }, (_, j): Vote => (j % 2 === 0 ? "agree" : "disagree")));
    const stuffed = Array.from({ length: 10 }, (_, i) =>
      ballotOf(
        `stuffer-${i}`,
        (j) => ballot[j] as Vote,
        (j) => (40 * i + j) * minute,
      ),
    );
    const before = consensusIn(weighFlagged(town, quick).everybody);
    const { flagged, unflagged } = weighFlagged({ ...town, votes: [...town.votes, ...stuffed.flat()] }, quick);
    expect(flagged).toHaveLength(10);
    expect(before.length).toBeGreaterThan(0);
    expect(consensusIn(unflagged)).toEqual(before);
  });
});

describe("the adjusted Rand index", () => {
  test("is 1 for the same groups under other names, and by hand 0 for crossed ones", () => {
    expect(
      adjustedRand([
        [0, 1],
        [0, 1],
        [1, 0],
        [1, 0],
      ]),
    ).toBe(1);
    // Pairs together in both: 0; in each: 2 of 6; expected 2/3: (0 - 2/3) / (2 - 2/3).
    expect(
      adjustedRand([
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ]),
    ).toBeCloseTo(-0.5, 12);
  });
});
