import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { analyse } from "./analyse.ts";
import type { Analysis } from "./analysis.ts";
import { shuffleVotes, simulateTown, statementOf } from "./town.test-support.ts";
import type { Conversation, Vote } from "./votes.ts";

const town = simulateTown({ seed: 1, people: 90, statements: 30, camps: 3, noise: 0.2, density: 0.7 });
const quick = { resamples: 12, shuffles: 39 };
const analysis = analyse(town, quick);

/** Camp of a person by number, against the group found. */
function campsByGroup({ positions }: Analysis): Set<string> {
  return new Set(positions.map(({ participant, group }) => `${Number(participant.slice(7)) % 3} ${group}`));
}

describe("a town of three camps", () => {
  test("is found as three groups, each of one camp, and each found again in resampled votes", () => {
    expect(analysis.grouping.state).toBe("groups");
    expect(analysis.grouping.groups.map(({ members }) => members.length)).toEqual([30, 30, 30]);
    expect(campsByGroup(analysis).size).toBe(3);
    for (const { stability } of analysis.grouping.groups) expect(stability).toBeGreaterThan(0.8);
    expect(analysis.chance).toBe(1 / 40);
  });

  test("agrees on what all camps agree with, and on nothing else", () => {
    const { statements } = analyse(town, { ...quick, cutOff: 0.6 });
    const agreed = statements.filter(({ agreement }) => agreement.state === "yes");
    expect(agreed.length).toBeGreaterThan(0);
    for (const { statement } of agreed) {
      const opinions = new Set(
        analysis.statements
          .find((it) => it.statement === statement)
          ?.groupCounts.map(({ agree, disagree }) => agree > disagree),
      );
      expect(opinions).toEqual(new Set([true]));
    }
    for (const { agreement } of analysis.statements) {
      expect(agreement.lower).toBeLessThan(agreement.estimate);
      expect(agreement.upper).toBeGreaterThan(agreement.estimate);
    }
  });

  test("is the same for any order of the log and of the statements, to the last digit", () => {
    for (let seed = 0; seed < 3; seed++) {
      const random = rng(seed, "order");
      const shuffled = { statements: random.shuffle(town.statements), votes: random.shuffle(town.votes) };
      expect(analyse(shuffled, quick)).toEqual(analysis);
    }
  });

  test("has the same groups for another seed, and another hash of its configuration", () => {
    const other = analyse(town, { ...quick, seed: 5 });
    expect(other.positions).toEqual(analysis.positions);
    expect(other.hashes.log).toBe(analysis.hashes.log);
    expect(other.hashes.configuration).not.toBe(analysis.hashes.configuration);
  });

  test("with shuffled votes has no clear groups, and its consensus is that of everybody", () => {
    const shuffled = analyse(shuffleVotes(town, 3), quick);
    expect(shuffled.grouping.state).toBe("no clear groups");
    expect(shuffled.grouping.reason).toMatch(/shuffled votes/);
    expect(shuffled.statements.every(({ groupCounts }) => groupCounts.length === 0)).toBe(true);
    expect(shuffled.positions.every(({ group }) => group === null)).toBe(true);
  });

  test("of one camp has no clear groups", () => {
    const one = simulateTown({ seed: 2, people: 60, statements: 30, camps: 1, noise: 0.3, density: 0.7 });
    expect(analyse(one, quick).grouping.state).toBe("no clear groups");
  });

  test("drops rejected statements from the map instead of zeroing them", () => {
    const statements = town.statements.map((it) => (it.id === "s29" ? { ...it, moderation: "rejected" as const } : it));
    const without = analyse({ statements, votes: town.votes }, quick);
    const dropped = analyse({ statements, votes: town.votes.filter(({ statement }) => statement !== "s29") }, quick);
    const places = ({ positions }: Analysis): unknown[] => positions.map(({ x, y }) => [x, y]);
    expect(places(without)).toEqual(places(dropped));
    expect(without.statements.find(({ statement }) => statement === "s29")?.priority).toBe(0);
  });

  test("as Polis sees it has its groups too, in Polis's sign and without stability", () => {
    const polis = analyse(town, { mode: "polis" });
    expect(polis.grouping.groups.length).toBeGreaterThanOrEqual(2);
    expect(polis.grouping.groups[0]?.stability).toBeNull();
  });

  test("needs more votes where a group was not heard", () => {
    const heard = new Set(analysis.grouping.groups[0]?.members);
    const late = [...heard]
      .slice(0, 12)
      .map((participant, i) => ({ participant, statement: "late", vote: "agree" as const, at: 1e6 + i }));
    const later = analyse(
      { statements: [...town.statements, statementOf("late")], votes: [...town.votes, ...late] },
      quick,
    );
    const figures = later.statements.find(({ statement }) => statement === "late");
    expect(figures?.agreement.state).toBe("needs more votes");
    expect(figures?.agreement.missingVotes.filter((missing) => missing > 0)).toEqual([10, 10]);
  });
});

describe("a conversation without variety", () => {
  const everybody = (vote: Vote, people: number, statements: number): Conversation => ({
    statements: Array.from({ length: statements }, (_, j) => statementOf(`s${j}`)),
    votes: Array.from({ length: people * statements }, (_, i) => ({
      participant: `p${Math.floor(i / statements)}`,
      statement: `s${i % statements}`,
      vote,
      at: i,
    })),
  });

  test.each([
    ["nobody", { statements: [statementOf("s0")], votes: [] }],
    ["nothing", { statements: [], votes: [] }],
    ["one participant", everybody("agree", 1, 10)],
    ["one statement", everybody("disagree", 20, 1)],
    ["all agree", everybody("agree", 20, 10)],
    ["all pass", everybody("pass", 20, 10)],
  ] satisfies [string, Conversation][])(
    "%s: no clear groups, every figure finite, in both modes",
    (_, conversation) => {
      for (const mode of ["robust", "polis"] as const) {
        const { grouping, positions, statements } = analyse(conversation, { ...quick, mode });
        if (mode === "robust") expect(grouping.state).toBe("no clear groups");
        for (const { x, y } of positions) expect([x, y].every(Number.isFinite)).toBe(true);
        for (const { agreement, priority, extremity } of statements)
          expect([agreement.estimate, agreement.probability, priority, extremity].every(Number.isFinite)).toBe(true);
      }
    },
  );

  test("of two opposite opinions on one statement has a map of one direction", () => {
    const half = everybody("agree", 20, 1);
    const votes = half.votes.map((event, i) => ({
      ...event,
      vote: i % 2 === 0 ? ("agree" as const) : ("disagree" as const),
    }));
    const { positions } = analyse({ ...half, votes }, quick);
    expect(new Set(positions.map(({ x }) => Math.abs(x)))).toEqual(new Set([1]));
    expect(positions.every(({ y }) => y === 0)).toBe(true);
  });
});
