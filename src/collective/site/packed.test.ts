import { expect, test } from "vitest";
import { analysisOf } from "../drafting/small-town.test-support.ts";
import { Needs, Places, packNeeds, packPlaces } from "./packed.ts";

test("places are found by whoever stands there, needs by the statement, and nobody else's", () => {
  const people = ["ada", "ben", "line\nfeed", "zoë"];
  const places = new Places(
    packPlaces({
      positions: people.map((participant, i) => ({
        participant,
        x: i,
        y: -i,
        votes: 7,
        group: i === 2 ? null : i % 2,
      })),
    }),
  );
  expect(people.map((name) => places.get(name))).toEqual([
    { x: 0, y: -0, group: 0 },
    { x: 1, y: -1, group: 1 },
    { x: 2, y: -2, group: null },
    { x: 3, y: -3, group: 1 },
  ]);
  expect(["", "a", "bea", "zz"].map((name) => places.get(name))).toEqual([undefined, undefined, undefined, undefined]);

  const of = (statement: string, missingVotes: readonly number[]) => {
    const [figures] = analysisOf().statements;
    if (figures === undefined) throw new Error("no statement");
    return { ...figures, statement, extremity: missingVotes.length, agreement: { ...figures.agreement, missingVotes } };
  };
  const needs = new Needs(packNeeds({ statements: [of("s1", [0, 0, 0]), of("s2", [2, 0, 300]), of("s9", [0, 1, 0])] }));
  expect(["s1", "s2", "s9", "s3"].map((id) => needs.missingGroups(needs.placeOf(id)))).toEqual([0, 0b101, 0b10, 0]);
  expect([needs.missingVotes("s2"), needs.missingVotes("s3")]).toEqual([[2, 0, 300], []]);
  expect(needs.extremity[needs.placeOf("s9")]).toBe(3);
  expect(new Needs(packNeeds({ statements: [] })).placeOf("s1")).toBe(-1);
});
