import { describe, expect, test } from "vitest";
import { countByGroup } from "./counts.ts";
import { majorityOf } from "./majority.ts";
import { priorityOf } from "./priorities.ts";
import { representativeOf } from "./representative.ts";
import { differenceZ, groupAwareConsensus, shareZ, smoothedShare } from "./shares.ts";
import { tableOf } from "./tabulate.ts";
import type { Vote, VoteEvent } from "./votes.ts";

describe("Polis's formulas, by hand", () => {
  test("a share counts passes, and no votes are one half", () => {
    expect(smoothedShare(0, 0)).toBe(0.5);
    expect(smoothedShare(3, 6)).toBe(0.5);
  });

  test("z of a share: 2 √4 (3/4 - 1/2) = 1 for two of three; 1 for no votes at all, which is a quirk", () => {
    expect(shareZ(2, 3)).toBe(1);
    expect(shareZ(0, 0)).toBe(1);
  });

  test("z of a difference: 3/4 against 1/4, pooled 1/2, is 0.5 / √(0.25 · 0.5)", () => {
    expect(differenceZ(2, 0, 3, 3)).toBeCloseTo(0.5 / Math.sqrt(0.125), 12);
    expect(differenceZ(3, 3, 3, 3)).toBe(0);
    expect(differenceZ(2, 0, 3, 3)).toBe(-differenceZ(0, 2, 3, 3));
  });

  test("group-aware consensus is the product of the groups' shares", () => {
    const tallies = [
      { agrees: 2, disagrees: 0, votes: 2 },
      { agrees: 0, disagrees: 1, votes: 2 },
    ];
    expect(groupAwareConsensus(tallies)).toBeCloseTo((3 / 4) * (1 / 4), 15);
  });

  test("priority at no extremity: 5.0625 before the first vote, 12.5297 after one agree", () => {
    expect(priorityOf({ agrees: 0, disagrees: 0, votes: 0 }, 0)).toBe(5.0625);
    expect(priorityOf({ agrees: 1, disagrees: 0, votes: 1 }, 0)).toBeCloseTo(12.5297, 4);
  });
});

describe("two groups of five on three statements", () => {
  const votes: VoteEvent[] = [];
  const say = (person: number, statement: string, vote: Vote): void => {
    votes.push({ participant: `p${person}`, statement, vote, at: votes.length });
  };
  for (let person = 0; person < 10; person++) {
    say(person, "shared", "agree");
    say(person, "first", person < 5 ? "agree" : "disagree");
    say(person, "second", person < 5 ? "disagree" : "agree");
  }
  const table = tableOf({ statements: [], votes }, "encounter");
  const labels = Int8Array.from({ length: 10 }, (_, person) => (person < 5 ? 0 : 1));
  const counts = countByGroup(table, labels, 2);

  test("are represented by what tells them apart, agrees first; the quirk: what all agree with comes as a disagree", () => {
    const names = (group: number): string[] =>
      representativeOf(counts, group, () => true).map((it) => `${table.statements[it.statement]} ${it.direction}`);
    expect(names(0)).toEqual(["first agree", "shared disagree", "second disagree"]);
    expect(names(1)).toEqual(["second agree", "shared disagree", "first disagree"]);
  });

  test("leave out what moderation rejected", () => {
    const isOpen = (statement: number): boolean => table.statements[statement] !== "first";
    expect(representativeOf(counts, 0, isOpen).map(({ statement }) => table.statements[statement])).toEqual([
      "shared",
      "second",
    ]);
  });

  test("share a majority on one", () => {
    const all = countByGroup(table, new Int8Array(10), 1);
    const { agree, disagree } = majorityOf(all, () => true);
    expect(agree.map((it) => [table.statements[it.statement], it.successes, it.trials])).toEqual([["shared", 10, 10]]);
    expect(disagree).toEqual([]);
  });

  test("do not count whoever belongs to no group", () => {
    labels[0] = -1;
    const fewer = countByGroup(table, labels, 2);
    expect(Array.from(fewer.votes)).toEqual([4, 4, 4, 5, 5, 5]);
    labels[0] = 0;
  });
});
